import { type DataKind, LIMITS, type Method } from '@balai/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Late } from '../media/late.ts';
import type { MediaReceiver, MediaSender } from '../media/media-engine.ts';
import type { DataLink } from './data-link.ts';
import { DataOutlet } from './data-outlet.ts';

let sent: { readonly kind: DataKind; readonly bytes: number }[];
let outlet: DataOutlet;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  sent = [];
  const openData = async (kind: DataKind) => ({
    bufferedAmount: 0,
    send: (frame: Uint8Array) => sent.push({ kind, bytes: frame.length }),
    close: () => undefined,
  });
  const link: DataLink = {
    request: (async (_method: Method) => null) as DataLink['request'],
    sender: new Late({ openData } as unknown as MediaSender, never),
    receiver: new Late<MediaReceiver>(undefined, never),
    reception: null,
  };
  outlet = new DataOutlet(link);
});

afterEach(() => vi.useRealTimers());

function never(): never {
  throw new Error('nothing is made here');
}

test('what is lossy keeps its pace by itself, and reliable data does not wait for it (SPEC 10.15)', async () => {
  const payload = new Uint8Array(10_000);
  for (let ms = 0; ms < 10_000; ms += 5) {
    await outlet.send('lossy', 0, [], '', payload);
    vi.advanceTimersByTime(5);
  }
  const cost = sent.reduce((sum, { bytes }) => sum + bytes + LIMITS.dataMessageCost, 0);
  expect(cost).toBeLessThan(11.1 * LIMITS.dataLossyBytesPerSecond);
  expect(cost).toBeGreaterThan(10.9 * LIMITS.dataLossyBytesPerSecond);
  await outlet.send('reliable', 0, [], '', payload);
  expect(sent.at(-1)?.kind).toBe('reliable');
});

test('what is small and often is sent all of it', async () => {
  for (let ms = 0; ms < 10_000; ms += 5) {
    await outlet.send('lossy', 0, [], 'pointer', new Uint8Array(100));
    vi.advanceTimersByTime(5);
  }
  expect(sent).toHaveLength(2_000);
});
