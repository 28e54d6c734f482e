const BITRATES = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A bitrate, for people: `12 Mbit/s`. */
export function textOfBitrate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, BITRATES);
}

/** An amount of memory, for people: `48 MB`. */
export function textOfBytes(bytes: number): string {
  return scaled(bytes, SIZES);
}

/** A share, for people: `34 %`. */
export function textOfShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Two digits at least, no more than are true of a measurement. */
function scaled(amount: number, units: readonly string[]): string {
  let value = amount;
  let unit = 0;
  while (Math.round(value) >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
