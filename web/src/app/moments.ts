const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

const agoFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const momentFormat = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'short',
});

/** A moment with its time of day, for people. */
export function textOfMoment(timestamp: string): string {
  return momentFormat.format(new Date(timestamp));
}

/** A day, for people. */
export function textOfDate(timestamp: string): string {
  return dateFormat.format(new Date(timestamp));
}

/** How long ago something was, for people: `5 min. ago`. After a week, the day. */
export function textOfAgo(timestamp: string, nowMs: number): string {
  // Clocks differ: nothing that is here comes from the future.
  const seconds = Math.max(0, (nowMs - Date.parse(timestamp)) / SECOND_MS);
  if (seconds < MINUTE_S) return 'just now';
  if (seconds < HOUR_S) return agoFormat.format(-Math.floor(seconds / MINUTE_S), 'minute');
  if (seconds < DAY_S) return agoFormat.format(-Math.floor(seconds / HOUR_S), 'hour');
  if (seconds < 7 * DAY_S) return agoFormat.format(-Math.floor(seconds / DAY_S), 'day');
  return textOfDate(timestamp);
}

/** How long something took, for people: `1 h 5 min`. */
export function textOfDuration(durationSeconds: number): string {
  if (durationSeconds < MINUTE_S) return `${Math.round(durationSeconds)} s`;
  const minutes = Math.round(durationSeconds / MINUTE_S);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** A moment as a field of the type `datetime-local` has it, in the person's own time. */
export function localInputOf(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE_S * SECOND_MS);
  return local.toISOString().slice(0, 16);
}
