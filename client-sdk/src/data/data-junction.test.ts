import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { concat, decode, encode, readFrame } from './data-frames.ts';
import { DataJunction } from './data-junction.ts';

let told: string[];
let junction: DataJunction;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  junction = new DataJunction((kind, bytes) =>
    told.push(`${kind} ${decode(readFrame(bytes).payload)}`),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** As a receiver gets it: type, sender, topic, payload. */
function frame(text: string, sender = 'ann'): Uint8Array<ArrayBuffer> {
  return concat([[0, sender.length], encode(sender), [0], encode(text)]);
}

describe('data that comes over two ways while media moves (SPEC 19.5)', () => {
  test('is told once and in its order, however the ways are apart', () => {
    const older = junction.open(false);
    older('reliable', frame('1'));
    const newer = junction.open(true);
    newer('reliable', frame('3'));
    older('reliable', frame('2'));
    older('reliable', frame('3'));
    older('reliable', frame('4'));
    newer('reliable', frame('4'));
    newer('reliable', frame('5'));
    junction.settle();
    newer('reliable', frame('6'));
    expect(told).toEqual(['1', '2', '3', '4', '5', '6'].map((text) => `reliable ${text}`));
  });

  test('is told although the older way ends without it', () => {
    junction.open(false);
    const newer = junction.open(true);
    newer('reliable', frame('1'));
    newer('reliable', frame('2'));
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['reliable 1', 'reliable 2']);
  });

  test('is not told again by an older way that was late with it', () => {
    const older = junction.open(false);
    const newer = junction.open(true);
    newer('reliable', frame('1'));
    vi.advanceTimersByTime(1_000);
    older('reliable', frame('1'));
    older('reliable', frame('2'));
    newer('reliable', frame('2'));
    junction.settle();
    expect(told).toEqual(['reliable 1', 'reliable 2']);
  });

  test('is told apart by its senders', () => {
    const older = junction.open(false);
    const newer = junction.open(true);
    older('reliable', frame('the same', 'ann'));
    newer('reliable', frame('the same', 'ben'));
    junction.settle();
    expect(told).toHaveLength(2);
  });

  test('and may be lost comes over the newer way from its first message on', () => {
    const older = junction.open(false);
    const newer = junction.open(true);
    older('lossy', frame('1'));
    newer('lossy', frame('2'));
    older('lossy', frame('2'));
    older('lossy', frame('3'));
    newer('lossy', frame('3'));
    expect(told).toEqual(['lossy 1', 'lossy 2', 'lossy 3']);
  });
});
