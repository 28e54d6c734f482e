/** Stays that go on with another process: `Sessions` twice over one Redis and one media plane. */
import { randomUUID } from 'node:crypto';
import type { PublishParams, RoomId, Subscription } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../../test/test-stores.ts';
import { AppError } from '../../../kernel/app-error.ts';
import { stayKey } from '../../../store/redis/keys.ts';
import { Texts } from '../../data/texts.ts';
import { Deliveries } from '../../tracks/deliveries.ts';
import { Tracks } from '../../tracks/tracks.ts';
import type { Stay } from '../stay.ts';
import type { FakeClient } from '../testing/fake-clients.ts';
import { FAKE_RTP_PARAMETERS, FakeMediaPlane } from '../testing/fake-media-plane.ts';
import { FakeSeats } from '../testing/fake-stores.ts';
import type { Actor } from '../testing/scene.ts';
import {
  type ReturnedActor,
  type SceneProcess,
  startSceneProcess,
} from '../testing/scene-process.ts';

interface Process extends SceneProcess {
  readonly tracks: Tracks;
}

const WITHIN = { timeout: 8_000, interval: 20 } as const;
const running: Process[] = [];
let url: string;
let roomId: RoomId;
let media: FakeMediaPlane;
let seats: FakeSeats;
let isSentOut: boolean;
/** Whether one process at a time goes on with a stay. */
let hasClaims: boolean;
let ann: Actor;
let ben: Actor;
let one: Process;
let two: Process;

async function start(leaseMs?: number): Promise<Process> {
  const started = await startSceneProcess({
    redisUrl: url,
    media,
    seats,
    leaseMs,
    changeRecords: (records) => ({
      ...records,
      claim: async (...whom) => (hasClaims ? await records.claim(...whom) : async () => undefined),
    }),
    wasSentOut: async () => isSentOut,
  });
  const process = { ...started, tracks: new Tracks(media, started.scene.sessions, silentLogger) };
  running.push(process);
  return process;
}

const join = (process: SceneProcess, identity: string, hidden = false): Promise<Actor> =>
  process.join(identity, roomId, { hidden });

/** Comes to a process with a stay of another one. */
const comeBack = (
  process: SceneProcess,
  { stay }: { readonly stay: Stay },
  identity?: string,
  whenOpened?: () => void,
): Promise<ReturnedActor> => process.comeBack(stay, identity, whenOpened);

const MICROPHONE: PublishParams = {
  clientTrackId: 'my microphone',
  source: 'microphone',
  name: '',
  isMuted: false,
  width: 0,
  height: 0,
  rtpParameters: FAKE_RTP_PARAMETERS,
};

const typesOf = ({ client }: { readonly client: FakeClient }) =>
  client.changes().map(({ type }) => type);
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => expect.fail('it was done'),
    (thrown: unknown) => thrown,
  );
  return error instanceof AppError ? error.code : String(error);
};

async function written({ redis }: SceneProcess, { stay }: Actor, text: string): Promise<void> {
  const key = stayKey(roomId, stay.participantId);
  await vi.waitUntil(async () => (await redis.client.get(key))?.includes(text) === true, WITHIN);
}

/** The media plane has a track of which nobody wrote. */
async function publishUnnoticed({ stay: { participantId } }: Actor): Promise<void> {
  const { rtpParameters, isMuted, width, height } = MICROPHONE;
  await media.publish({ participantId, kind: 'audio', rtpParameters, isMuted, width, height });
}

beforeEach(async () => {
  url = createTestRedisUrl();
  roomId = randomUUID();
  media = new FakeMediaPlane();
  seats = new FakeSeats();
  isSentOut = false;
  hasClaims = true;
  one = await start(3_000);
  two = await start();
  ann = await join(one, 'ann');
  ben = await join(two, 'ben');
  await vi.waitUntil(() => typesOf(ann).length === 1, WITHIN);
});

afterEach(async () => {
  for (const process of running.splice(0)) await process.stop();
});

describe('a stay whose process was killed', () => {
  test('goes on with another one: nobody is told, and its media is the same (SPEC 8.11)', async () => {
    const trackId = await one.tracks.publish(ann.stay, MICROPHONE);
    await written(one, ann, trackId);
    await vi.waitUntil(() => typesOf(ben).includes('trackPublished'), WITHIN);
    const told = typesOf(ben).length;
    await one.kill();

    const back = await comeBack(two, ann);
    expect(back.recovered).toMatchObject({
      missed: 0,
      snapshot: {
        self: { identity: 'ann', tracks: [{ trackId }] },
        grants: ann.joined.grants,
        participants: [{ identity: 'ben' }],
      },
    });
    expect(back.stay).toMatchObject({
      participantId: ann.stay.participantId,
      joinedAt: ann.stay.joinedAt,
      canMove: true,
    });
    expect(media.adopted).toEqual([ann.stay.participantId]);
    expect(media.participantIds).toContain(ann.stay.participantId);
    // The lease of the first process ends, and they are there still.
    await two.tracks.setMuted(back.stay, trackId, true);
    await vi.waitUntil(() => typesOf(ben).includes('trackMuted'), WITHIN);
    expect(typesOf(ben).slice(told)).toEqual(['trackMuted']);
    expect(await two.tracks.publish(back.stay, MICROPHONE)).toBe(trackId);
  });

  test('may do what it might at last, and no more', async () => {
    const { grants } = ann.joined;
    const publish = { ...grants.publish, camera: false };
    one.scene.sessions.setGrants(ann.stay, { ...grants, publish });
    await written(one, ann, '"camera":false');
    await one.kill();
    const back = await comeBack(two, ann);
    expect(back.recovered.snapshot?.grants).toEqual({ ...grants, publish });
    const camera = { ...MICROPHONE, source: 'camera' } as const;
    expect(await codeOf(two.tracks.publish(back.stay, camera))).toBe('forbidden');
  });

  test('is hidden where it was hidden at last', async () => {
    one.scene.sessions.setGrants(ann.stay, { ...ann.joined.grants, hidden: true });
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);
    await written(one, ann, '"hidden":true');
    await one.kill();
    const told = typesOf(ben).length;
    const back = await comeBack(two, ann);
    expect(back.recovered.snapshot?.self.identity).toBe('ann');
    expect(two.scene.sessions.findPeople(roomId).map(({ identity }) => identity)).toEqual(['ben']);
    expect(typesOf(ben)).toHaveLength(told);
  });

  test('receives what it was to receive, and not what it was to be without', async () => {
    const deliveries = [one, two].map(
      ({ scene }) => new Deliveries(media, scene.sessions, silentLogger),
    );
    const microphone = await two.tracks.publish(ben.stay, MICROPHONE);
    const camera = { ...MICROPHONE, clientTrackId: 'my camera', source: 'camera' } as const;
    const picture = await two.tracks.publish(ben.stay, camera);
    await vi.waitUntil(() => typesOf(ann).length === 3, WITHIN);
    await deliveries[0]?.setSubscribed(ann.stay, [microphone, 'of nobody'], false);
    await written(one, ann, `"withheld":["${microphone}"]`);
    await one.kill();

    const back = await comeBack(two, ann);
    const screen = { ...MICROPHONE, clientTrackId: 'my screen', source: 'screen_share' } as const;
    const later = await two.tracks.publish(ben.stay, screen);
    const tracksOf = (subscriptions: readonly Subscription[]) =>
      subscriptions.map(({ trackId }) => trackId);
    await vi.waitUntil(() => back.client.all('subscribed').length > 0, WITHIN);
    expect([
      ...tracksOf(back.recovered.snapshot?.subscriptions ?? []),
      ...back.client.all('subscribed').flatMap((one) => tracksOf(one.subscriptions)),
    ]).toEqual([picture, later]);
    for (const one of deliveries) one.close();
  });

  test('is there for the others until its client could not come back any more', async () => {
    await one.kill();
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
    // What the media plane had of it is freed by who found that out.
    expect(media.participantIds).not.toContain(ann.stay.participantId);
  });

  test('is over where what was written is not what its media is (SPEC 8.13)', async () => {
    await written(one, ann, 'ann');
    await one.kill();
    // The process died before it could tell anybody of it.
    await publishUnnoticed(ann);
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
    expect(media.participantIds).not.toContain(ann.stay.participantId);
  });

  test('goes on where Redis had lost everything before', async () => {
    await written(one, ann, 'ann');
    await one.redis.client.del(stayKey(roomId, ann.stay.participantId));
    one.redis.client.disconnect(true);
    await written(two, ann, 'ann');
    await one.kill();
    expect((await comeBack(two, ann)).stay.participantId).toBe(ann.stay.participantId);
  });

  test('is over where its media is gone, and for who is somebody else', async () => {
    await written(one, ann, 'ann');
    await one.kill();
    expect(await codeOf(comeBack(two, ann, 'eve'))).toBe('stay_over');
    await media.leave(ann.stay.participantId);
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
  });

  test('keeps out who was sent out meanwhile', async () => {
    await written(one, ann, 'ann');
    await one.kill();
    two.scene.admitTicket = () => {
      throw new AppError('banned');
    };
    expect(await codeOf(comeBack(two, ann))).toBe('banned');
    two.scene.admitTicket = (ticket) => ticket;
    isSentOut = true;
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
  });

  test('is over for who has their seat with another stay', async () => {
    await written(one, ann, 'ann');
    await one.kill();
    seats.holders(roomId).set('ann', 'another stay');
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
    expect(media.adopted).toEqual([]);
  });

  test('hears nothing again of what its snapshot has, and was not told yet (SPEC 8.11)', async () => {
    await written(one, ann, 'ann');
    await one.kill();
    const back = await comeBack(two, ann, 'ann', () =>
      two.scene.sessions.updateParticipant(ben.stay, { name: 'Ben' }),
    );
    expect(back.recovered.snapshot?.participants).toMatchObject([{ name: 'Ben' }]);
    await vi.waitUntil(() => typesOf(ben).includes('participantUpdated'), WITHIN);
    two.scene.sessions.updateParticipant(ben.stay, { name: 'Benjamin' });
    await vi.waitUntil(() => back.client.changes().length > 0, WITHIN);
    expect(back.client.changes()).toMatchObject([{ name: 'Benjamin' }]);
  });
});

describe('a client that comes to two processes at once', () => {
  let three: Process;
  beforeEach(async () => {
    three = await start();
    await join(three, 'cleo');
    await written(one, ann, 'ann');
    await one.kill();
  });
  const findStays = () =>
    [two, three].flatMap(
      ({ scene }) => scene.sessions.findParticipant(ann.stay.participantId) ?? [],
    );

  test('goes on with one of them, and then with the other one', async () => {
    const outcomes = await Promise.allSettled([comeBack(two, ann), comeBack(three, ann)]);
    const codes = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(codes).toEqual(['unavailable']);
    const [first] = findStays();
    expect(findStays()).toEqual([first]);
    const isAtTwo = two.scene.sessions.findParticipant(ann.stay.participantId) === first;
    const next = await comeBack(isAtTwo ? three : two, ann);
    expect(first?.isElsewhere).toBe(true);
    expect(findStays()).toEqual([next.stay]);
  });

  test('has one stay where both went on with it all the same', async () => {
    hasClaims = false;
    const both = await Promise.all([comeBack(two, ann), comeBack(three, ann)]);
    expect(both).toHaveLength(2);
    await vi.waitUntil(() => findStays().length < 2, WITHIN);
    const [stay] = findStays();
    const home = two.scene.sessions.findParticipant(ann.stay.participantId) ? two : three;
    home.scene.sessions.end(stay ?? expect.fail('nobody has it'), 'client_initiated');
    const isSeen = ({ scene }: SceneProcess) =>
      scene.sessions.findPeople(roomId).some(({ identity }) => identity === 'ann');
    await vi.waitUntil(() => !isSeen(two) && !isSeen(three), WITHIN);
  });
});

describe('a stay whose process lives', () => {
  test('is handed on, with what its client missed, and is over there without a word (SPEC 8.12)', async () => {
    ann.client.missed = [{ event: 'rpcAnswered', message: { callId: 'a call' } }];
    const told = typesOf(ben).length;
    const back = await comeBack(two, ann);
    expect(back.recovered.missed).toBe(1);
    expect(back.client.received.at(-1)?.event).toBe('rpcAnswered');
    expect(ann.stay).toMatchObject({ isOver: true, isElsewhere: true });
    expect(ann.client.isOpen).toBe(false);
    expect(ann.client.all('goodbye')).toEqual([]);
    expect(media.handedOn).toEqual([ann.stay.participantId]);
    expect(one.scene.sessions.findParticipant(ann.stay.participantId)).toBeUndefined();
    expect(typesOf(ben).slice(told)).toEqual([]);
  });

  test('tells no text again whose answer was lost with it (SPEC 2.7)', async () => {
    const text = { textId: randomUUID(), topic: 'a topic', text: 'Once' };
    const say = ({ scene }: SceneProcess, stay: Stay) =>
      new Texts(scene.sessions, scene.hub.broadcast, () => 0).send(stay, text);
    say(one, ann.stay);
    const back = await comeBack(two, ann);
    say(two, back.stay);
    expect(ben.client.all('textReceived')).toEqual([]);
    say(two, ben.stay);
    expect(back.client.all('textReceived')).toHaveLength(1);
  });

  test('can go to and fro', async () => {
    let actor: Actor = ann;
    for (const process of [two, one, two, one]) {
      actor = { ...actor, ...(await comeBack(process, actor)) };
    }
    one.scene.sessions.updateParticipant(actor.stay, { name: 'Ann' });
    await vi.waitUntil(() => typesOf(ben).includes('participantUpdated'), WITHIN);
    expect(typesOf(ben)).toEqual(['participantUpdated']);
    expect(two.scene.sessions.findPeople(roomId)).toHaveLength(2);
  });

  test('stays where it is while its media moves (SPEC 8.13)', async () => {
    media.isMoving = true;
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
    expect(ann.stay.isOver).toBe(false);
  });

  test('is over for everybody where it was handed on and cannot go on (SPEC 8.5)', async () => {
    await join(one, 'cleo');
    await written(one, ann, 'ann');
    await publishUnnoticed(ann);
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);
    const isSeen = () =>
      one.scene.sessions.findPeople(roomId).some(({ identity }) => identity === 'ann');
    await vi.waitUntil(() => !isSeen(), WITHIN);
  });

  test('does not go on where it ended while that was asked for', async () => {
    const dan = await join(one, 'dan', true);
    await written(one, dan, 'dan');
    const letLeave = media.hold('leave');
    two.scene.admitTicket = (ticket) => {
      one.scene.sessions.end(dan.stay, 'participant_removed');
      return ticket;
    };
    expect(await codeOf(comeBack(two, dan, 'dan'))).toBe('stay_over');
    expect(media.adopted).toEqual([]);
    letLeave();
  });

  test('does not go to and fro without end (SPEC 8.8)', async () => {
    const codes: string[] = [];
    for (let times = 0; times < 30; times += 1) {
      codes.push(await codeOf(comeBack(two, ben, 'ann')));
    }
    expect(new Set(codes)).toEqual(new Set(['stay_over', 'rate_limited']));
  });

  test('that is over is over', async () => {
    one.scene.sessions.end(ann.stay, 'client_initiated');
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);
    const key = stayKey(roomId, ann.stay.participantId);
    await vi.waitUntil(async () => (await two.redis.client.exists(key)) === 0, WITHIN);
    expect(await codeOf(comeBack(two, ann))).toBe('stay_over');
  });
});

test('a process that stops leaves its people to the others, who are told of nothing', async () => {
  const told = typesOf(ben).length;
  await one.stop();
  expect(ann.client.all('goodbye')).toEqual([]);
  expect(ann.client.isOpen).toBe(false);
  const back = await comeBack(two, ann);
  expect(back.recovered.snapshot?.participants).toMatchObject([{ identity: 'ben' }]);
  expect(typesOf(ben).slice(told)).toEqual([]);
  expect(seats.holders(roomId).size).toBe(2);
});
