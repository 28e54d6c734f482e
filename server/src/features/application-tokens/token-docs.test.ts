import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { roomConfigurationFields } from '../rooms/room-configuration.ts';
import { applicationClaims, roomGrantFields } from './claims.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../../docs/tokens.md', import.meta.url)),
  'utf8',
);

/** What stands in the first column of the table with this heading. */
function namesIn(heading: string): readonly string[] {
  const [, table = ''] = page.split(`| ${heading} |`);
  const [rows = ''] = table.split('\n\n');
  return [...rows.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name);
}

test('the page on tokens has every claim, and no other', () => {
  const claims = Object.keys(applicationClaims.shape).filter((name) => name !== 'service');
  const grants = Object.keys(roomGrantFields).map((name) => `room.${name}`);
  expect(namesIn('claim').toSorted()).toEqual(['iss', ...claims, ...grants].toSorted());
});

test('the page on tokens has all that a room can be made with, and nothing else', () => {
  expect(namesIn('in `room.create`').toSorted()).toEqual(
    Object.keys(roomConfigurationFields).toSorted(),
  );
});
