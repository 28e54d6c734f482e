import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PathKeeper } from './path-keeper.ts';

function setUp() {
  const restart = vi.fn(async () => undefined);
  const lost: boolean[] = [];
  const traffic = { bytes: 0 };
  const keeper = new PathKeeper({
    restart,
    countReceivedBytes: async () => traffic.bytes,
    onLost: (wasConnected) => lost.push(wasConnected),
  });
  return { keeper, restart, lost, traffic };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a path', () => {
  test('that breaks is looked for again at once, until it is found (SPEC 8.10)', async () => {
    const { keeper, restart, lost } = setUp();
    keeper.changed('connected');
    keeper.changed('disconnected');
    expect(restart).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(4_100);
    expect(restart).toHaveBeenCalledTimes(2);
    keeper.changed('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(restart).toHaveBeenCalledTimes(2);
    expect(lost).toEqual([]);
  });

  test.each([true, false])(
    'that is not found is lost (it was there before: %s)',
    async (wasThere) => {
      const { keeper, restart, lost } = setUp();
      if (wasThere) keeper.changed('connected');
      keeper.changed('failed');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(restart).toHaveBeenCalledTimes(3);
      expect(lost).toEqual([wasThere]);
    },
  );

  test('is looked for once, however often the browser says that it is broken', async () => {
    const { keeper, restart } = setUp();
    keeper.changed('connected');
    keeper.changed('disconnected');
    keeper.changed('failed');
    keeper.renew();
    expect(restart).toHaveBeenCalledTimes(1);
    keeper.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(restart).toHaveBeenCalledTimes(1);
  });

  test('over which nothing came while the socket was away is looked for anew', async () => {
    const { keeper, restart, traffic } = setUp();
    keeper.changed('connected');
    keeper.suspect();
    traffic.bytes += 1;
    await keeper.verify();
    expect(restart).not.toHaveBeenCalled();
    keeper.suspect();
    await keeper.verify();
    expect(restart).toHaveBeenCalledTimes(1);
  });

  test('that is looked for anew to be sure, time and again, is not lost by that', async () => {
    const { keeper, restart, lost } = setUp();
    keeper.changed('connected');
    for (let count = 0; count < 5; count += 1) {
      keeper.renew();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(restart).toHaveBeenCalledTimes(5);
    expect(lost).toEqual([]);
  });

  test('that was never there is not looked for just because the network is another one', () => {
    const { keeper, restart } = setUp();
    keeper.renew();
    expect(restart).not.toHaveBeenCalled();
  });
});
