const UNITS_S = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DURATION = /^(\d+(?:\.\d+)?) ?([smhd])$/;

/**
 * Seconds of `90`, `'90s'`, `'15m'`, `'2h'` or `'1d'`.
 *
 * @throws TypeError for anything else.
 */
export function toSeconds(duration: number | string): number {
  if (typeof duration === 'number') {
    if (Number.isFinite(duration)) return duration;
  } else {
    const [, amount, unit] = DURATION.exec(duration) ?? [];
    if (unit !== undefined) return Number(amount) * UNITS_S[unit as keyof typeof UNITS_S];
  }
  throw new TypeError(`ttl must be seconds, or a text such as '15m' or '2h': ${duration}`);
}
