import type { Method, Subscription } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { Late } from './late.ts';
import type { MediaReceiver, Receiving } from './media-engine.ts';
import { Subscriber } from './subscriber.ts';

const camera = { subscriptionId: 's1', trackId: 't1' } as Subscription;

function setUp(isDesired = true, isThere = true) {
  const events: string[] = [];
  const asked: [Method, unknown][] = [];
  const desire = { isDesired };
  const former = new Map<string, string>();
  const negotiated: string[] = [];
  const receiver = {
    receive: async ({ subscriptionId }: Subscription) => {
      negotiated.push(subscriptionId);
      await new Promise(setImmediate);
      // Media flows from the beginning.
      let frames = 0;
      const stats = { type: 'inbound-rtp' as const, framesDecoded: 0 };
      return {
        close: () => events.push('closed'),
        mediaStreamTrack: { kind: 'video', readyState: 'live' },
        getStats: async () => {
          frames += 1;
          return new Map([['inbound', { ...stats, framesDecoded: frames }]]);
        },
      } as unknown as Receiving;
    },
    close: () => undefined,
  } as Partial<MediaReceiver> as MediaReceiver;
  const request = (async (method: Method, params: unknown) => {
    asked.push([method, params]);
    return null;
  }) as SignalChannel['request'];
  const open = Promise.withResolvers<void>();
  const late = new Late(isThere ? receiver : undefined, () => open.promise.then(() => receiver));
  const subscriber = new Subscriber(late, request, {
    streamOf: () => 'stream',
    isDesired: () => desire.isDesired,
    formerOf: (trackId) => former.get(trackId),
    onReceived: (trackId) => events.push(`${trackId} flows`),
    onReceptionEnded: (trackId) => events.push(`${trackId} ends`),
    onReceptionFailed: (trackId) => events.push(`${trackId} fails`),
    onStreamState: (trackId, state) => events.push(`${trackId} is ${state}`),
  });
  const setDesired = (wish: boolean) => {
    desire.isDesired = wish;
    return subscriber.reconsider('t1');
  };
  const updates = () => asked.filter(([method]) => method === 'subscriptions.update');
  return { subscriber, receiver, former, open, events, asked, negotiated, setDesired, updates };
}

describe('a track that nobody desires', () => {
  test('is neither negotiated nor started, and the server is told before anything flows', async () => {
    const { subscriber, events, negotiated, updates } = setUp(false);
    await subscriber.begin([camera]);
    await subscriber.add([{ ...camera, subscriptionId: 's2' }]);
    await expect.poll(updates).toHaveLength(1);
    expect(updates()[0]?.[1]).toEqual({
      updates: [
        { subscriptionId: 's1', isWanted: false },
        { subscriptionId: 's2', isWanted: false },
      ],
    });
    expect([negotiated, events]).toEqual([[], []]);
  });

  test('is received once somebody does', async () => {
    const { subscriber, events, asked, setDesired } = setUp(false);
    await subscriber.begin([camera]);
    await setDesired(true);
    expect(events).toEqual(['t1 flows']);
    expect(asked.at(-1)).toEqual(['subscriptions.start', { subscriptionIds: ['s1'] }]);
  });
});

describe('a track that is not desired any more', () => {
  test('ends, and begins again on the way that stayed open', async () => {
    const { subscriber, events, negotiated, setDesired } = setUp();
    await subscriber.begin([camera]);
    await setDesired(false);
    await setDesired(true);
    expect(events).toEqual(['t1 flows', 't1 ends', 't1 flows']);
    expect(negotiated).toEqual(['s1']);
  });

  test('is not told of at all, if it was on its way', async () => {
    const { subscriber, events, setDesired } = setUp();
    const begun = subscriber.begin([camera]);
    await setDesired(false);
    await begun;
    expect(events).toEqual([]);
    subscriber.endTrack('t1');
    expect(events).toEqual(['closed']);
  });
});

describe('what the server withholds', () => {
  test('is told of, whether it was received before or is received later', async () => {
    const { subscriber, events } = setUp();
    const begun = subscriber.begin([camera]);
    subscriber.setStates({ states: [{ subscriptionId: 's1', state: 'paused' }] });
    await begun;
    subscriber.setStates({ states: [{ subscriptionId: 's1', state: 'active' }] });
    subscriber.setStates({ states: [{ subscriptionId: 'unknown', state: 'paused' }] });
    expect(events).toEqual(['t1 flows', 't1 is paused', 't1 is active']);
  });
});

test('what comes before there is a way to receive it waits for that', async () => {
  const { subscriber, open, events, asked, negotiated } = setUp(true, false);
  const added = subscriber.add([camera]);
  expect(negotiated).toEqual([]);
  open.resolve();
  await added;
  expect([negotiated, events]).toEqual([['s1'], ['t1 flows']]);
  expect(asked.filter(([method]) => method === 'subscriptions.start')).toHaveLength(1);
});

test('a wish is for whatever comes of a track', async () => {
  const { subscriber, updates } = setUp();
  subscriber.wish('t1', { isWanted: true, width: 320, height: 180 });
  await subscriber.add([camera]);
  await expect.poll(updates).toHaveLength(1);
  expect(updates()[0]?.[1]).toEqual({
    updates: [{ subscriptionId: 's1', width: 320, height: 180 }],
  });
});

describe('what comes from another place', () => {
  const moved = { ...camera, subscriptionId: 's2' };

  test('is shown when it flows, and nobody is told that the former way ends (SPEC 19.2)', async () => {
    const { subscriber, receiver, events } = setUp();
    await subscriber.begin([camera]);
    await subscriber.move(new Late(receiver, () => Promise.resolve(receiver)), [moved]);
    expect(events).toEqual(['t1 flows', 't1 flows', 'closed']);
    // The former subscription is none any more.
    subscriber.end('s1');
    expect(events).toHaveLength(3);
  });

  test('ends what is not delivered there any more', async () => {
    const { subscriber, receiver, events } = setUp();
    await subscriber.begin([camera]);
    await subscriber.move(new Late(receiver, () => Promise.resolve(receiver)), []);
    expect(events).toEqual(['t1 flows', 'closed', 't1 ends']);
  });

  test('and takes the place of another track follows it in the same way (SPEC 19.4)', async () => {
    const { subscriber, former, events, asked } = setUp();
    await subscriber.begin([camera]);
    former.set('t2', 't1');
    await subscriber.add([{ ...camera, subscriptionId: 's2', trackId: 't2' }]);
    await expect.poll(() => events).toEqual(['t1 flows', 't2 flows', 'closed']);
    expect(asked.at(-1)).toEqual(['subscriptions.start', { subscriptionIds: ['s2'] }]);
  });
});

test('a snapshot leaves what is in it as it is, ends what is not, and begins what is new (SPEC 8.11)', async () => {
  const { subscriber, events, asked, negotiated } = setUp();
  await subscriber.begin([camera, { ...camera, subscriptionId: 's2', trackId: 't2' }]);
  subscriber.restore([camera, { ...camera, subscriptionId: 's3', trackId: 't3' }]);
  await expect
    .poll(() => asked)
    .toContainEqual(['subscriptions.start', { subscriptionIds: ['s3'] }]);
  expect(events).toEqual(['t1 flows', 't2 flows', 'closed', 't2 ends', 't3 flows']);
  expect(negotiated).toEqual(['s1', 's2', 's3']);
});
