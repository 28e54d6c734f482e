import type { ParticipantId } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import type { JoinedMedia } from '../../media/media-plane.ts';
import type { MovableMedia } from '../../media/movable-media.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';
import { type Actor, Scene } from '../sessions/testing/scene.ts';
import { Tracks } from '../tracks/tracks.ts';
import { Moving, type MovingOptions } from './moving.ts';

const NEW_PLACE: JoinedMedia = {
  sendTransport: null,
  receiveTransport: null,
  subscriptions: [],
  dataReception: null,
};

/** Media that can go on in one other place. */
class FakeMovable implements MovableMedia {
  readonly draining = new Set<ParticipantId>();
  readonly begun: ParticipantId[] = [];
  readonly finished: ParticipantId[] = [];
  hasPlace = true;

  findMovable(): readonly ParticipantId[] {
    const onTheirWay = this.begun.filter((one) => !this.finished.includes(one));
    return [...this.draining].filter((one) => !onTheirWay.includes(one));
  }

  async beginMove(participantId: ParticipantId): Promise<JoinedMedia> {
    if (!this.hasPlace) throw new AppError('media_unavailable', 'There is no other place');
    this.begun.push(participantId);
    return NEW_PLACE;
  }

  async finishMove(participantId: ParticipantId): Promise<void> {
    this.finished.push(participantId);
    this.draining.delete(participantId);
  }
}

let scene: Scene;
let tracks: Tracks;
let media: FakeMovable;
let outcomes: string[];
let moving: Moving;

beforeEach(() => {
  scene = new Scene();
  tracks = new Tracks(scene.media, scene.sessions, scene.logger);
  media = new FakeMovable();
  outcomes = [];
});
afterEach(() => {
  moving.close();
});

function start(times: Partial<MovingOptions> = {}): void {
  moving = new Moving({
    media,
    sessions: scene.sessions,
    tracks,
    metrics: {
      count: (_name, labels) => outcomes.push(String((labels as { outcome: string }).outcome)),
    },
    logger: scene.logger,
    lookIntervalMs: 5,
    overlapMs: 5,
    retryMs: 5,
    ...times,
  });
}

async function join(identity: string, canMove = true): Promise<Actor> {
  const client = scene.hub.connect();
  const capabilities = { codecs: [], headerExtensions: [] };
  const ticket = scene.ticket(identity);
  const stay = await scene.sessions.join(client, ticket, capabilities, { canMove });
  const [joined] = client.all('joined');
  return { client, stay, joined: joined ?? expect.fail('nobody was let in') };
}

function publish({ stay }: Actor, clientTrackId = 'camera', replaces?: string): Promise<string> {
  return tracks.publish(stay, {
    clientTrackId,
    source: 'camera',
    name: '',
    isMuted: false,
    width: 640,
    height: 360,
    rtpParameters: FAKE_RTP_PARAMETERS,
    replaces,
  });
}

const drain = (...people: readonly Actor[]): void => {
  for (const { stay } of people) media.draining.add(stay.participantId);
};
const offersOf = ({ client }: Actor) => client.all('mediaMoving');
const say = (actor: Actor): void => moving.moved(actor.stay, offersOf(actor).at(-1)?.moveId ?? '');

describe('who is in a place that wants to be left', () => {
  test('gets another one, and leaves the first when the client is there (SPEC 19.1, 19.2)', async () => {
    start();
    const ann = await join('ann');
    drain(ann);
    await expect.poll(() => offersOf(ann)).toMatchObject([NEW_PLACE]);
    moving.moved(ann.stay, 'another move');
    expect(media.finished).toEqual([]);
    say(ann);
    await expect.poll(() => outcomes).toEqual(['moved']);
    expect(media.finished).toEqual([ann.stay.participantId]);
    expect(ann.stay.isOver).toBe(false);
  });

  test('keeps what it published for a while after its successor is there (SPEC 19.4)', async () => {
    start({ overlapMs: 150 });
    const ann = await join('ann');
    const camera = await publish(ann);
    drain(ann);
    await expect.poll(() => offersOf(ann)).toHaveLength(1);
    const next = await publish(ann, 'next', camera);
    say(ann);
    const published = () =>
      scene.sessions.findPeople('hall')[0]?.tracks.map(({ trackId }) => trackId);
    expect(published()).toEqual([camera, next]);
    await expect.poll(() => outcomes).toEqual(['moved']);
    expect(published()).toEqual([next]);
  });

  test('joins anew where its client cannot move, or does not in time (SPEC 19.1, 19.2)', async () => {
    start({ moveTimeoutMs: 30 });
    const [old, slow] = [await join('old', false), await join('slow')];
    drain(old, slow);
    await expect.poll(() => [...outcomes].sort()).toEqual(['rejoined', 'timed_out']);
    for (const { client } of [old, slow]) {
      expect(client.all('goodbye')).toMatchObject([{ reason: 'media_failure' }]);
    }
    expect(offersOf(old)).toEqual([]);
  });

  test('stays where there is no other place, until there is one (SPEC 19.6)', async () => {
    start();
    media.hasPlace = false;
    const ann = await join('ann');
    drain(ann);
    await expect.poll(() => outcomes.length).toBeGreaterThan(2);
    expect(new Set(outcomes)).toEqual(new Set(['delayed']));
    expect([ann.stay.isOver, offersOf(ann)]).toEqual([false, []]);
    media.hasPlace = true;
    await expect.poll(() => offersOf(ann)).toHaveLength(1);
  });
});

test('who leaves while they move keep nobody else from moving', async () => {
  start();
  const publishers = [await join('ann'), await join('ben')] as const;
  for (const one of publishers) await publish(one);
  drain(...publishers);
  const [ann, ben] = publishers;
  await expect.poll(() => offersOf(ann)).toHaveLength(1);
  scene.sessions.end(ann.stay, 'client_initiated');
  await expect.poll(() => offersOf(ben)).toHaveLength(1);
  say(ben);
  await expect.poll(() => outcomes).toEqual(['moved']);
});

test('who is not in another place in time has none, and joins anew', async () => {
  const ann = await join('ann');
  media.beginMove = () => new Promise(() => undefined);
  drain(ann);
  vi.useFakeTimers();
  try {
    start();
    await vi.advanceTimersByTimeAsync(11_000);
  } finally {
    vi.useRealTimers();
  }
  expect(ann.client.all('goodbye')).toMatchObject([{ reason: 'media_failure' }]);
  expect(outcomes).toEqual(['failed']);
});

test('of those who publish in a room one is moved after the other, and eight of all others at once', async () => {
  scene.facts.maxUsers = 20;
  start();
  const publishers = [await join('ann'), await join('ben')] as const;
  for (const one of publishers) await publish(one);
  const others = await Promise.all(
    Array.from({ length: 10 }, (_, index) => join(`other-${index}`)),
  );
  drain(...publishers, ...others);
  await expect.poll(() => media.begun).toHaveLength(8);
  const [ann, ben] = publishers;
  expect(media.begun).toContain(ann.stay.participantId);
  expect(media.begun).not.toContain(ben.stay.participantId);
  say(ann);
  await expect.poll(() => media.begun).toContain(ben.stay.participantId);
  for (const one of [ben, ...others]) {
    await expect.poll(() => offersOf(one)).toHaveLength(1);
    say(one);
  }
  await expect.poll(() => outcomes).toHaveLength(12);
  expect(new Set(outcomes)).toEqual(new Set(['moved']));
});
