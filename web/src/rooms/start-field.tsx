import { localInputOf } from '../app/moments.ts';
import { textOf } from '../app/use-submit.ts';
import { TextField } from '../ui/field.tsx';

const NAME = 'starts-at';
const HOUR_MS = 3_600_000;

/** Asks for the start of a meeting, in the person's own time. */
export function StartField(props: {
  isRequired?: boolean;
  /** Default: the next full hour where one is required, else none. */
  start?: string | null;
}) {
  const { isRequired = false, start = null } = props;
  const now = Date.now();
  const nextHour = new Date(Math.ceil((now + HOUR_MS / 4) / HOUR_MS) * HOUR_MS);
  const shown = start === null ? (isRequired ? nextHour : null) : new Date(start);
  return (
    <TextField
      label="Starts"
      name={NAME}
      type="datetime-local"
      required={isRequired}
      min={localInputOf(new Date(now))}
      defaultValue={shown === null ? '' : localInputOf(shown)}
      hint={`Your time: ${Intl.DateTimeFormat().resolvedOptions().timeZone}`}
    />
  );
}

/** The start that was entered; null for none. */
export function readStart(form: FormData): string | null {
  const text = textOf(form, NAME);
  return text === '' ? null : new Date(text).toISOString();
}
