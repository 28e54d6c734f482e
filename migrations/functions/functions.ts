import { ACCOUNT_FUNCTIONS } from './accounts.ts';
import { HOUSEKEEPING_FUNCTIONS } from './housekeeping.ts';
import { IDENTITY_FUNCTIONS } from './identity.ts';
import { MEETING_FUNCTIONS } from './meetings.ts';
import type { SqlFunction } from './sql-function.ts';
import { TRIGGER_FUNCTIONS } from './triggers.ts';

/** Every function of the schema, in the order of their making. */
export const FUNCTIONS: readonly SqlFunction[] = [
  ...TRIGGER_FUNCTIONS,
  ...IDENTITY_FUNCTIONS,
  ...ACCOUNT_FUNCTIONS,
  ...MEETING_FUNCTIONS,
  ...HOUSEKEEPING_FUNCTIONS,
];
