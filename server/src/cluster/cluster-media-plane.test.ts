import { randomUUID } from 'node:crypto';
import type { ParticipantId } from '@balai/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FAKE_RTP_PARAMETERS } from '../features/sessions/testing/fake-media-plane.ts';
import { AppError } from '../kernel/app-error.ts';
import type { JoinMediaParams, MediaPlane } from '../media/media-plane.ts';
import { createClusterMediaPlane } from './cluster-media-plane.ts';
import { clusterPlane, TestNodes } from './test-local-nodes.ts';
import { FakeNodeMedia } from './test-node-media.ts';
import { MemoryRoomPlaces } from './test-room-places.ts';

const roomId = randomUUID();
let one: FakeNodeMedia;
let other: FakeNodeMedia;
let nodes: TestNodes;
let plane: MediaPlane;

beforeEach(() => {
  one = new FakeNodeMedia();
  other = new FakeNodeMedia();
  nodes = new TestNodes([
    { peerId: 'one', media: one },
    { peerId: 'other', media: other },
  ]);
  const places = new MemoryRoomPlaces().of('replica');
  let turn = 0;
  plane = clusterPlane(nodes, places, async () => {
    turn += 1;
    return turn % 2 === 1 ? 'one' : 'other';
  });
});

async function join(params: Partial<JoinMediaParams> = {}): Promise<ParticipantId> {
  const { participantId = randomUUID() } = params;
  await plane.join({
    roomId,
    rtpCapabilities: { codecs: [], headerExtensions: [] },
    canPublish: true,
    canSubscribe: true,
    subscribeTo: [],
    ...params,
    participantId,
  });
  return participantId;
}

async function publish(participantId: ParticipantId): Promise<string> {
  const params = { participantId, kind: 'video', rtpParameters: FAKE_RTP_PARAMETERS } as const;
  return (await plane.publish({ ...params, isMuted: false })).trackId;
}

function count(node: FakeNodeMedia, command: string): number {
  return node.linkCommands.filter((one) => one === command).length;
}

test('lets go of somebody whom a node gives it when they have left', async () => {
  const ada = await join();
  const { promise: given, resolve: give } = Promise.withResolvers<void>();
  const people = {
    async adopt(wanted: readonly { readonly participantId: ParticipantId }[]) {
      await given;
      return wanted.map(({ participantId }) => participantId);
    },
    handOn: () => undefined,
  };
  const replica = createClusterMediaPlane({
    nodes: new TestNodes([{ peerId: 'one', media: one, people }]),
    places: new MemoryRoomPlaces().of('another replica'),
    place: async () => 'one',
    routerCapabilities: one.getRouterCapabilities(),
    logger: pino({ level: 'silent' }),
  });
  const adopting = replica.adopt(ada, roomId, 'one');
  // The node hears it before they are this replica's, and does nothing.
  await replica.leave(ada);
  const before = one.commands.length;
  give();
  await expect(adopting).rejects.toMatchObject({ code: 'media_unavailable' });
  expect(one.commands.slice(before)).toEqual([{ command: 'leave', participantId: ada }]);
});

describe('somebody who was handed on', () => {
  const people = {
    adopt: async (wanted: readonly { readonly participantId: ParticipantId }[]) =>
      wanted.map(({ participantId }) => participantId),
    handOn: () => undefined,
  };
  const replica = () =>
    createClusterMediaPlane({
      nodes: new TestNodes([{ peerId: 'one', media: one, people }]),
      places: new MemoryRoomPlaces().of('replica'),
      place: async () => 'one',
      routerCapabilities: one.getRouterCapabilities(),
      logger: pino({ level: 'silent' }),
    });
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const leaving = () => one.commands.filter(({ command }) => command === 'leave');

  test('is freed where nobody goes on with them in time', async () => {
    const former = replica();
    const participantId = await join();
    await former.adopt(participantId, roomId, 'one');
    former.handOn(participantId);
    expect(leaving()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(leaving()).toEqual([{ command: 'leave', participantId }]);
  });

  test('is not where they come back', async () => {
    const former = replica();
    const participantId = await join();
    await former.adopt(participantId, roomId, 'one');
    former.handOn(participantId);
    await former.adopt(participantId, roomId, 'one');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(leaving()).toEqual([]);
  });
});

describe('a cluster', () => {
  test('links two nodes once, whoever asks at the same time', async () => {
    const [ada] = [await join(), await join()];
    const track = await publish(ada);
    const others = await Promise.all([join(), join(), join(), join()]);
    await Promise.all(others.map((person) => plane.subscribe(person, [track])));
    expect(count(one, 'openLink')).toBe(1);
    expect(count(other, 'openLink')).toBe(1);
    expect(other.brought).toEqual([track, track]);
    expect(one.brought).toEqual([]);
  });

  test('links anew where one of the ends is left over', async () => {
    await other.openLink(roomId, 'one');
    await other.connectLink(roomId, 'one', {
      address: '127.0.0.1',
      port: 9_999,
      srtp: { cryptoSuite: '', keyBase64: '' },
      messageKeyBase64: '',
    });
    await join();
    await join();
    const ends = [one.links.get(`${roomId} other`), other.links.get(`${roomId} one`)];
    expect(ends[0]?.remote).toBe(ends[1]?.port);
    expect(ends[1]?.remote).toBe(ends[0]?.port);
  });

  test('serves a join elsewhere whose node is lost meanwhile, and keeps nothing of it', async () => {
    const release = one.hold('join');
    const told: unknown[] = [];
    plane.events.on('mediaLost', (fact) => told.push(fact));
    const joining = join();
    await expect.poll(() => one.commands.length).toBe(1);
    nodes.lose('one');
    release();
    const participantId = await joining;
    expect(one.participantIds).toEqual([]);
    expect(other.participantIds).toEqual([participantId]);
    expect(told).toEqual([]);
    await publish(participantId);
  });

  test('serves a join elsewhere that a node refuses, and says why where there is no other', async () => {
    const refuse = async () => {
      throw new AppError('media_unavailable', 'The worker is gone');
    };
    one.join = refuse;
    const participantId = await join();
    expect(other.participantIds).toEqual([participantId]);
    other.join = refuse;
    await expect(join()).rejects.toThrow('The worker is gone');
  });

  test('does not serve a join that a node refuses of somebody who has left meanwhile', async () => {
    const release = one.hold('join');
    const participantId = randomUUID();
    const joining = join({ participantId });
    await expect.poll(() => one.commands.length).toBe(1);
    await plane.leave(participantId);
    release();
    await expect(joining).rejects.toMatchObject({ code: 'media_unavailable' });
    expect([...one.participantIds, ...other.participantIds]).toEqual([]);
    expect(await join({ participantId })).toBe(participantId);
  });

  test('says to a node whether the room is on another one', async () => {
    await join();
    await join();
    await join();
    const said = [...one.joins, ...other.joins].map(({ isRoomElsewhere }) => isRoomElsewhere);
    expect(said).toEqual([false, true, true]);
  });

  test('forgets a node that is lost, with its people and tracks', async () => {
    const ada = await join();
    const ben = await join();
    const track = await publish(ada);
    const told: unknown[] = [];
    plane.events.on('mediaLost', (fact) => told.push(fact));
    nodes.lose('one');
    expect(told).toEqual([{ roomId, participantIds: [ada] }]);
    expect(await plane.subscribe(ben, [track])).toEqual([]);
    expect(other.brought).toEqual([]);
    await expect.poll(() => other.links.size).toBe(0);
  });

  test('lets somebody leave who is being placed', async () => {
    const participantId = randomUUID();
    const joining = join({ participantId });
    await plane.leave(participantId);
    await expect(joining).rejects.toMatchObject({ code: 'media_unavailable' });
    expect([...one.participantIds, ...other.participantIds]).toEqual([]);
  });

  test('brings nothing of a track that was unpublished', async () => {
    const ada = await join();
    const ben = await join();
    const track = await publish(ada);
    await plane.unpublish(ada, track);
    expect(await plane.subscribe(ben, [track])).toEqual([]);
    expect(other.brought).toEqual([]);
  });

  test('makes a link again that ended unnoticed', async () => {
    const ada = await join();
    const ben = await join();
    const track = await publish(ada);
    one.links.clear();
    other.links.clear();
    await plane.subscribe(ben, [track]);
    expect(other.brought).toEqual([track]);
    expect(one.links.size + other.links.size).toBe(2);
  });

  test('looks after a link again when the room comes back to a node', async () => {
    await join();
    const ben = await join();
    await plane.leave(ben);
    // The node has ended its link with the room, and the other one has heard of it.
    one.links.clear();
    other.links.clear();
    await join();
    await join();
    expect([...one.links.keys(), ...other.links.keys()]).toEqual([
      `${roomId} other`,
      `${roomId} one`,
    ]);
  });

  test('leaves out tracks that do not come, and answers all the same', async () => {
    const ada = await join();
    const ben = await join();
    const track = await publish(ada);
    other.openLink = async () => {
      throw new AppError('media_unavailable');
    };
    other.links.clear();
    expect(await plane.subscribe(ben, [track])).toEqual([]);
  });

  test('tells a node that the room comes to what holds there', async () => {
    await join();
    await plane.allowTracks(roomId, 'audio', ['a']);
    await plane.preferTracks(roomId, ['b']);
    await join();
    expect(other.allowed.get(`${roomId} audio`)).toEqual(['a']);
    expect(other.preferred.get(roomId)).toEqual(['b']);
  });

  test('tells a node what holds in the room before anybody is there, and once', async () => {
    await join();
    await plane.allowTracks(roomId, 'audio', ['a']);
    const told = Promise.withResolvers<void>();
    let times = 0;
    other.allowTracks = async () => {
      times += 1;
      await told.promise;
    };
    // Every second one comes to the other node.
    const [ben, cyd, dan] = [join(), join(), join()];
    let entered = 0;
    for (const one of [ben, dan]) void one.then(() => (entered += 1));
    await cyd;
    await expect.poll(() => other.participantIds.length).toBe(2);
    expect([times, entered]).toEqual([1, 0]);
    told.resolve();
    await Promise.all([ben, dan]);
    expect(times).toBe(1);
  });

  test('tells a node again what holds in the room once somebody lost their media there', async () => {
    const [, ben] = [await join(), await join()];
    await join();
    await join();
    await plane.allowTracks(roomId, 'audio', ['a']);
    other.allowed.clear();
    other.loseMedia(roomId, [ben]);
    await join();
    await join();
    expect(other.allowed.get(`${roomId} audio`)).toEqual(['a']);
  });

  test('tells data of nobody to one node, which passes it on', async () => {
    await join();
    await join();
    const data = { kind: 'reliable', topic: '', payload: Buffer.alloc(0) } as const;
    await plane.sendData({ ...data, roomId, destinations: [] });
    expect(one.sentData.length + other.sentData.length).toBe(1);
  });

  test('tells data of nobody to a node of the room, where only another replica has people', async () => {
    const places = new MemoryRoomPlaces();
    const [here, there] = ['here', 'there'].map((replica) =>
      clusterPlane(nodes, places.of(replica), async () => 'other'),
    ) as [MediaPlane, MediaPlane];
    const data = { roomId, kind: 'reliable', topic: '', payload: Buffer.alloc(0) } as const;
    await here.sendData({ ...data, destinations: [] });
    await there.join({
      roomId,
      participantId: 'far',
      rtpCapabilities: { codecs: [], headerExtensions: [] },
      canPublish: true,
      canSubscribe: true,
      subscribeTo: [],
    });
    await here.sendData({ ...data, destinations: [] });
    expect([one.sentData.length, other.sentData.length]).toEqual([0, 1]);
  });

  test('keeps a room open where a track is forwarded from, until that is over', async () => {
    const ada = await join();
    const elsewhere = randomUUID();
    const far = await join({ roomId: elsewhere });
    const track = await publish(ada);
    const to = { roomId: elsewhere, participantId: randomUUID() };
    const { trackId } = await plane.forwardTrack(ada, track, to);
    expect([...one.kept]).toEqual([elsewhere]);
    await plane.subscribe(far, [trackId]);
    expect(other.brought).toEqual([trackId]);
    await plane.unpublish(ada, track);
    await expect.poll(() => one.kept.size).toBe(0);

    const again = await plane.forwardTrack(ada, await publish(ada), to);
    await plane.leave(far);
    await expect.poll(() => one.kept.size).toBe(0);
    expect(one.forwarded.has(again.trackId)).toBe(false);
  });

  test('undoes a forward that fails after it began', async () => {
    const ada = await join();
    const elsewhere = randomUUID();
    await join({ roomId: elsewhere });
    await plane.allowTracks(elsewhere, 'video', []);
    one.allowTracks = async () => {
      throw new AppError('timeout');
    };
    const to = { roomId: elsewhere, participantId: randomUUID() };
    const track = await publish(ada);
    await expect(plane.forwardTrack(ada, track, to)).rejects.toMatchObject({ code: 'timeout' });
    expect([one.kept.size, one.forwarded.size]).toEqual([0, 0]);
  });

  test('does not forward a track that ends meanwhile', async () => {
    const places = new MemoryRoomPlaces().of('replica');
    const here = clusterPlane(nodes, places, async () => 'one');
    const elsewhere = randomUUID();
    const params = {
      rtpCapabilities: { codecs: [], headerExtensions: [] },
      canPublish: true,
      canSubscribe: true,
      subscribeTo: [],
    };
    await here.join({ ...params, roomId, participantId: 'ada' });
    await here.join({ ...params, roomId: elsewhere, participantId: 'far' });
    const source = await here.publish({
      participantId: 'ada',
      kind: 'video',
      rtpParameters: FAKE_RTP_PARAMETERS,
      isMuted: false,
    });
    const isSaid = Promise.withResolvers<void>();
    places.addTrack = () => isSaid.promise;
    const to = { roomId: elsewhere, participantId: randomUUID() };
    const forwarding = here.forwardTrack('ada', source.trackId, to);
    await expect.poll(() => one.forwarded.size).toBe(1);
    await here.unpublish('ada', source.trackId);
    isSaid.resolve();
    await expect(forwarding).rejects.toMatchObject({ code: 'track_not_found' });
    expect(one.kept.size).toBe(0);
  });

  test('tells a node what holds where a room begins anew there, with who is just coming in', async () => {
    const [ada, ben] = [await join(), await join()];
    await plane.allowTracks(roomId, 'audio', ['a']);
    await join();
    expect(other.allowed.size).toBe(1);
    const release = other.hold('join');
    const coming = join();
    await expect.poll(() => other.commands.at(-1)?.command).toBe('join');
    await plane.leave(ben);
    other.allowed.clear();
    release();
    await coming;
    expect(other.allowed.get(`${roomId} audio`)).toEqual(['a']);
    expect(one.participantIds).toContain(ada);
  });

  test('forwards a track to a room whose people are all those of another replica', async () => {
    const places = new MemoryRoomPlaces();
    const here = clusterPlane(nodes, places.of('here'), async () => 'one');
    const there = clusterPlane(nodes, places.of('there'), async () => 'other');
    const elsewhere = randomUUID();
    const params = {
      rtpCapabilities: { codecs: [], headerExtensions: [] },
      canPublish: true,
      canSubscribe: true,
      subscribeTo: [],
    };
    const [ada, far] = [randomUUID(), randomUUID()];
    await here.join({ ...params, roomId, participantId: ada });
    const { trackId: source } = await here.publish({
      participantId: ada,
      kind: 'video',
      rtpParameters: FAKE_RTP_PARAMETERS,
      isMuted: false,
    });
    const to = { roomId: elsewhere, participantId: randomUUID() };
    await expect(here.forwardTrack(ada, source, to)).rejects.toMatchObject({
      code: 'track_not_found',
    });

    await there.join({ ...params, roomId: elsewhere, participantId: far });
    const { trackId } = await here.forwardTrack(ada, source, to);
    await there.subscribe(far, [trackId]);
    expect(other.brought).toEqual([trackId]);

    // Somebody who comes and goes here leaves it as it is.
    await here.join({ ...params, roomId: elsewhere, participantId: 'ben' });
    await here.leave('ben');
    expect(one.forwarded.has(trackId)).toBe(true);
    await here.unforwardTrack(elsewhere, trackId);
    expect([...one.kept]).toEqual([]);
    expect(one.forwarded.has(trackId)).toBe(false);
  });
});
