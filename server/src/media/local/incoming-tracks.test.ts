import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IncomingTracks, LINGER_MS } from './incoming-tracks.ts';
import type { ComingTrack } from './piped-track.ts';
import { RouterPipes } from './router-pipes.ts';

/** What comes over a pipe, without one. */
class FakeComing implements ComingTrack {
  isFlowing = false;
  isClosed = false;
  readonly #listeners: (() => void)[] = [];

  setFlowing(isFlowing: boolean): void {
    this.isFlowing = isFlowing;
  }

  onceClosed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.isClosed = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

describe('tracks that come from other routers', () => {
  const faults: unknown[] = [];
  let pipes: RouterPipes;
  let incoming: IncomingTracks;
  let brought: FakeComing[];

  beforeEach(() => {
    vi.useFakeTimers();
    faults.length = 0;
    brought = [];
    pipes = new RouterPipes({
      opened: new Promise(() => undefined),
      ports: { min: 0, max: 0 },
      tellPiped: () => undefined,
      tellFault: () => undefined,
    });
    incoming = new IncomingTracks(pipes, (error) => faults.push(error));
  });

  afterEach(() => {
    incoming.close();
    vi.useRealTimers();
  });

  function track(bring?: () => Promise<ComingTrack>, isClosed = false) {
    const bringTo = async () => {
      const coming = new FakeComing();
      brought.push(coming);
      return coming;
    };
    return {
      trackId: 'camera',
      origin: { isAt: () => false, bringTo: bring ?? bringTo },
      isClosed,
    };
  }

  async function hold(wanted = track()) {
    const held = await incoming.hold(wanted);
    if (held === undefined) throw new Error('the track did not come');
    return held;
  }

  test('come once for all who ask, also at the same time', async () => {
    const camera = track();
    await Promise.all([hold(camera), hold(camera)]);
    await hold(camera);
    expect(brought).toHaveLength(1);
  });

  test('go some time after the last subscription, and stay for who comes in between', async () => {
    const [one, other] = [await hold(), await hold()];
    one.release();
    one.release();
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect(brought[0]?.isClosed).toBe(false);
    other.release();
    vi.advanceTimersByTime(LINGER_MS - 1);
    const late = await hold();
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect(brought[0]?.isClosed).toBe(false);
    late.release();
    vi.advanceTimersByTime(LINGER_MS);
    expect(brought[0]?.isClosed).toBe(true);
    await hold();
    expect(brought).toHaveLength(2);
  });

  test('flow as long as any subscription does, begin at once and stop after a while', async () => {
    const [one, other] = [await hold(), await hold()];
    expect(brought[0]?.isFlowing).toBe(false);
    one.setFlowing(true);
    one.setFlowing(true);
    expect(brought[0]?.isFlowing).toBe(true);
    other.setFlowing(true);
    one.setFlowing(false);
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect(brought[0]?.isFlowing).toBe(true);
    other.setFlowing(false);
    vi.advanceTimersByTime(LINGER_MS - 1);
    other.setFlowing(true);
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect(brought[0]?.isFlowing).toBe(true);
    other.release();
    vi.advanceTimersByTime(LINGER_MS);
    expect(brought[0]).toMatchObject({ isFlowing: false, isClosed: false });
  });

  test('are brought anew after they ended', async () => {
    const held = await hold();
    brought[0]?.close();
    await hold();
    expect(brought).toHaveLength(2);
    // What ended has no part in what came after it.
    held.release();
    vi.advanceTimersByTime(2 * LINGER_MS);
    expect(brought[1]?.isClosed).toBe(false);
  });

  test('that are dropped while they are on their way do not come', async () => {
    const { promise, resolve } = Promise.withResolvers<ComingTrack>();
    const holding = incoming.hold(track(() => promise, true));
    incoming.drop('camera');
    const coming = new FakeComing();
    resolve(coming);
    expect(await holding).toBeUndefined();
    expect(coming.isClosed).toBe(true);
    expect(faults).toEqual([]);
  });

  test('that cannot come are told of as a fault, unless they ended', async () => {
    const fault = new Error('no port is free');
    expect(await incoming.hold(track(() => Promise.reject(fault), true))).toBeUndefined();
    expect(faults).toEqual([]);
    expect(await incoming.hold(track(() => Promise.reject(fault)))).toBeUndefined();
    expect(faults).toEqual([fault]);
    await hold();
    expect(brought).toHaveLength(1);
  });

  test('are refused where the router itself is gone', async () => {
    const holding = incoming.hold(track(() => Promise.reject(new Error('gone'))));
    pipes.close();
    await expect(holding).rejects.toMatchObject({ code: 'media_unavailable' });
  });
});
