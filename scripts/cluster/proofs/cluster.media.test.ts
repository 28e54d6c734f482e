/** A meeting over three media nodes and two control replicas, and what it loses when something dies. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { onlyWhere } from '../../../server/test/only-where.ts';
import { Load } from '../../bench/media/load.ts';
import { allProcesses, findProcess, findProcessesIn } from '../../setup/processes.ts';
import type { Member } from '../member.ts';
import { namespacesFault } from '../namespaces.ts';
import { readMetric } from '../read-metric.ts';
import type { Attendee, Heard } from './attendee.ts';
import { countTransports, type Hall, openHall } from './hall.ts';
import { type Loss, lastReturn, measureLoss, tellLoss } from './losses.ts';

const TIMEOUT_MS = 60_000;
/** How long it may take until a failure is noticed, and from then on until media is back. */
const NOTICE_S = 3;
const BACK_S = 2;
/** For what is told to arrive, on a machine whose cores are all busy with this. */
const MARGIN_S = 0.3;
const POLL = { interval: 20 };
/** What the file is called that runs: Debian has one for all. */
const REDIS_PROGRAMS = ['redis-server', 'redis-check-rdb', 'valkey-server', 'valkey-check-rdb'];

/** People who come to one room within seconds. */
const STORM = 300;
const STORM_MS = 10_000;
const SPEAKERS = 2;
/** Until the slowest hears something, while the machine does other things as well. */
const STORM_PATIENCE_MS = 15_000;
/** Enough to hear that sound comes: what sound costs is for other measurements. */
const SOUND = { packetsPerSecond: 10, payloadBytes: 80 };
const NOTHING = { packetsPerSecond: 0, payloadBytes: 0 };

const cannotCut = namespacesFault();
let hall: Hall;
let load: Load | undefined;
const people: Attendee[] = [];
/** In this test. */
let said: string[] = [];

beforeAll(async () => {
  hall = await openHall({ control: 2, media: 3 });
}, TIMEOUT_MS);

beforeEach(() => {
  said = [];
});

afterAll(async () => {
  await load?.close();
  await Promise.all(people.map((one) => one.leave()));
  await hall?.[Symbol.asyncDispose]();
}, TIMEOUT_MS);

/** Everybody receives everybody from now on, and is seen by everybody once. */
async function expectWhole(since = performance.now()): Promise<void> {
  await expect
    .poll(() => people.filter((one) => !one.receivesAll(people, since)).length, POLL)
    .toBe(0);
  await expect
    .poll(() => people.map(({ room }) => room.numParticipants), POLL)
    .toEqual(people.map(() => people.length));
}

/** Two people are on each node, and nobody else is. */
async function expectPairs(): Promise<void> {
  const { cluster } = hall;
  const count = () => Promise.all(cluster.media.map((node) => countTransports(cluster, node)));
  await expect.poll(count, POLL).toEqual([4, 4, 4]);
}

/** Everybody says something to everybody. */
async function say(): Promise<void> {
  const texts = people.map(({ number }) => `${number} says ${randomUUID()}`);
  said.push(...texts);
  await Promise.all(people.map((one, index) => one.say(texts[index] ?? '')));
}

/** Everybody got everything that was said. */
async function expectMessages(): Promise<void> {
  const missing = ({ texts }: Attendee): number => said.filter((text) => !texts.has(text)).length;
  await expect.poll(() => people.map(missing), POLL).toEqual(people.map(() => 0));
}

/** The node that has the most people, and how many. */
async function busiestNode(): Promise<{ node: Member; victims: number }> {
  const { cluster } = hall;
  const counts = await Promise.all(
    cluster.media.map(async (node) => ({
      node,
      victims: ((await countTransports(cluster, node)) ?? 0) / 2,
    })),
  );
  const [busiest] = counts.sort((one, other) => other.victims - one.victims);
  if (busiest === undefined || busiest.victims === 0) throw new Error('nobody is on any node');
  return busiest;
}

/** Process id of the worker of a node. */
function workerOf({ pid }: Member): number {
  const worker = allProcesses().find((one) => findProcess(one.pid)?.parentPid === pid);
  if (worker === undefined) throw new Error(`process ${pid} has no worker`);
  return worker.pid;
}

type Failure = {
  readonly what: string;
  /** How many it is about, and what they hear of it. */
  readonly victims: number;
  readonly event: Heard['event'];
  readonly strike: () => Promise<void> | void;
};

/** Something dies: everybody hears of it and has media again, and nobody and no message is lost. */
async function survive({ what, victims: count, event, strike }: Failure): Promise<Loss> {
  const since = performance.now();
  await strike();
  const struckAt = performance.now();
  const saying = say();
  const heard = (): Attendee[] => people.filter((one) => one.firstAt(event, since) !== undefined);
  await expect.poll(() => heard().length, POLL).toBe(count);
  const victims = new Set(heard());
  const noticedAt = Math.max(...[...victims].map((one) => one.firstAt(event, since) ?? 0));
  await expectWhole(noticedAt);
  const backAt = lastReturn(people, victims, noticedAt);
  await saying;
  await say();
  await expectMessages();
  const noticeS = (noticedAt - struckAt) / 1_000;
  const backS = (backAt - noticedAt) / 1_000;
  const loss = measureLoss(people, victims, since, said);
  tellLoss(what, loss, { 'noticed after': noticeS, 'media back after': backS });
  expect(loss).toMatchObject({ messages: 0, participants: 0 });
  expect(noticeS).toBeLessThan(NOTICE_S + MARGIN_S);
  expect(backS).toBeLessThan(BACK_S);
  return loss;
}

/** Of all control replicas. */
async function countParticipants(): Promise<number> {
  const { control, metricsToken } = hall.cluster;
  const counts = await Promise.all(
    control.map(({ url }) => readMetric(url, metricsToken, 'balai_participants')),
  );
  return counts.flat().reduce((sum, sample) => sum + (sample?.value ?? 0), 0);
}

test('people on three nodes receive each other, all of them', { timeout: TIMEOUT_MS }, async () => {
  const { cluster } = hall;
  const roomId = await hall.openRoom();
  for (const node of cluster.media) {
    const pair = await Promise.all(
      cluster.control.map((control) => hall.invite(roomId, hall.urlOf(control))),
    );
    await hall.leadTo(node);
    await Promise.all(pair.map((one) => one.enter()));
    people.push(...pair);
  }
  const enteredAt = performance.now();
  await expectWhole();
  await expectPairs();
  await say();
  await expectMessages();
  const loss = measureLoss(people, new Set(people), enteredAt, said);
  tellLoss('A room over three nodes', loss, {});
  expect(loss).toMatchObject({ messages: 0, participants: 0 });
});

test('what people do reaches those of the other control replica', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [first, second] = hall.cluster.control as [Member, Member];
  // Each pair came over both of them.
  const [here, there, alsoHere] = people as [Attendee, Attendee, Attendee];
  const roomId = here.room.sid;
  const host = await hall.inviteHost(roomId, hall.urlOf(first));
  await host.enter([]);
  expect(second.isReady).toBe(true);
  await expect.poll(() => there.room.getParticipantByIdentity(host.identity)).toBeDefined();

  const heard: string[] = [];
  for (const one of [here, there, alsoHere]) {
    const note = (what: string) => heard.push(`${one.number} ${what}`);
    one.room.heard.on('textReceived', ({ text }) => note(text));
    one.room.heard.on('reacted', ({ reaction }) => note(reaction));
    one.room.heard.on('handLowered', () => note('hand lowered'));
  }
  const expectHeard = async (...expected: readonly string[]): Promise<void> => {
    await expect.poll(() => [...heard].sort(), POLL).toEqual([...expected].sort());
    heard.length = 0;
  };
  const text = { topic: 'proof', text: 'hello' };
  await here.room.ask('text.send', { ...text, textId: randomUUID() });
  await expectHeard(`${there.number} hello`, `${alsoHere.number} hello`);
  const destinationIdentities = [there.identity];
  await here.room.ask('text.send', { ...text, textId: randomUUID(), destinationIdentities });
  await expectHeard(`${there.number} hello`);
  await there.room.ask('reaction.send', { reaction: '👏' });
  await expectHeard(...[here, there, alsoHere].map(({ number }) => `${number} 👏`));

  there.room.registerRpcMethod('double', async ({ payload }) => payload + payload);
  const call = { destinationIdentity: there.identity, method: 'double', payload: 'ab' };
  expect(await here.room.localParticipant.performRpc(call)).toBe('abab');

  await there.room.ask('hand.raise', { isRaised: true });
  const { sid: participantId } = there.room.localParticipant;
  const seen = () => host.room.getParticipantByIdentity(there.identity);
  await expect.poll(() => seen()?.handRaisedAt, POLL).toBeTruthy();
  await host.room.ask('hand.lower', { participantId });
  await expectHeard(`${there.number} hand lowered`);
  await expect.poll(() => seen()?.handRaisedAt, POLL).toBeFalsy();

  const microphones = people.map(({ room }) =>
    room.localParticipant.getTrackPublication('microphone'),
  );
  const areMuted = () => microphones.map((one) => one?.isMuted);
  await host.room.ask('moderation.mute', { trackId: microphones[1]?.trackSid ?? '' });
  await expect.poll(areMuted, POLL).toEqual(people.map((one) => one === there));
  expect(await host.room.ask('moderation.muteAll', {})).toEqual({ muted: people.length - 1 });
  await expect.poll(areMuted, POLL).toEqual(people.map(() => true));
  await Promise.all(microphones.map((one) => one?.unmute()));

  await host.room.ask('moderation.setRole', { participantId, role: 'moderator' });
  await expect.poll(() => there.room.localParticipant.role, POLL).toBe('moderator');
  await host.room.ask('moderation.setRole', { participantId, role: 'participant' });
  await expect.poll(() => there.room.localParticipant.role, POLL).toBe('participant');
  const lower = here.room.ask('hand.lower', { participantId });
  await expect(lower).rejects.toMatchObject({ code: 'forbidden' });

  const qualities = () =>
    [...there.room.remoteParticipants.values()].map((one) => one.connectionQuality);
  await expect.poll(qualities, { ...POLL, timeout: 20_000 }).not.toContain('unknown');
  await host.leave();
  await expectWhole();
  await expectPairs();
});

test('somebody is shown in a room whose people are those of the other control replica', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [first, second] = hall.cluster.control as [Member, Member];
  const [node, other] = hall.cluster.media as [Member, Member, Member];
  const { service, invite } = await hall.openBackend();
  for (const name of ['hall', 'annex']) await service.createRoom({ name });
  const ada = await invite('hall', 'ada', hall.urlOf(first));
  const ben = await invite('annex', 'ben', hall.urlOf(second));
  await hall.leadTo(node);
  await ada.enter();
  await hall.leadTo(other);
  await ben.enter([]);
  await service.forwardParticipant('hall', 'ada', 'annex');
  const since = performance.now();
  await expect.poll(() => ben.receivesAll([ada], since), POLL).toBe(true);
  expect(ben.room.getParticipantByIdentity('ada')?.sid).not.toBe(ada.room.localParticipant.sid);
  await service.stopForwarding('hall', 'ada', 'annex');
  await expect.poll(() => ben.room.numParticipants, POLL).toBe(1);
  await Promise.all([ada.leave(), ben.leave()]);
  await expectPairs();
});

test('a worker is killed', { timeout: TIMEOUT_MS }, async () => {
  const { node, victims } = await busiestNode();
  await survive({
    what: 'SIGKILL of a worker',
    victims,
    event: 'reconnecting',
    strike: () => void process.kill(workerOf(node), 'SIGKILL'),
  });
});

test('a node is killed', { timeout: TIMEOUT_MS }, async () => {
  const { node, victims } = await busiestNode();
  await survive({
    what: 'SIGKILL of a media node',
    victims,
    event: 'reconnecting',
    strike: () => node.kill(),
  });
  await node.start();
  await hall.cluster.awaitNodes(hall.cluster.media.length);
});

test('a node is cut off, and comes back', {
  timeout: TIMEOUT_MS,
  ...onlyWhere(cannotCut === undefined, cannotCut ?? ''),
}, async () => {
  const { cluster } = hall;
  const { node, victims } = await busiestNode();
  await survive({
    what: 'A media node cut off from the network',
    victims,
    event: 'reconnecting',
    strike: () => node.place.cut(),
  });
  await node.place.heal();
  const healedAt = performance.now();
  await expect.poll(() => countTransports(cluster, node), POLL).toBe(0);
  await cluster.awaitNodes(cluster.media.length);
  process.stdout.write(
    `· The node that was cut off has let go of everybody ${((performance.now() - healedAt) / 1_000).toFixed(2)} s after it was back\n`,
  );
  await expectWhole();
  expect(people.map(({ ledger }) => ledger.duplicates)).toEqual(people.map(() => 0));
});

test('a node drains, and ends by itself', { timeout: TIMEOUT_MS }, async () => {
  const { node } = await busiestNode();
  const since = performance.now();
  const saying = say();
  node.signal('SIGTERM');
  await expect.poll(() => node.isReady, { ...POLL, timeout: 20_000 }).toBe(false);
  const endedAt = performance.now();
  await saying;
  await expectMessages();
  await expectWhole();
  const loss = measureLoss(people, new Set(people), since, said);
  tellLoss('A media node that drains', loss, {
    'ended by itself after': (endedAt - since) / 1_000,
  });
  expect(people.map((one) => one.firstAt('reconnecting', since))).toEqual(
    people.map(() => undefined),
  );
  expect(loss).toMatchObject({ messages: 0, participants: 0 });
  expect(loss.longestPauseS).toBeLessThan(0.2 + MARGIN_S);
  await node.start();
  await hall.cluster.awaitNodes(hall.cluster.media.length);
});

test('Redis is killed, and starts again empty', { timeout: TIMEOUT_MS }, async () => {
  const { cluster } = hall;
  const since = performance.now();
  const [redis] = findProcessesIn(join(cluster.dataDir, 'redis'), REDIS_PROGRAMS);
  if (redis === undefined) throw new Error('Redis does not run');
  process.kill(redis.pid, 'SIGKILL');
  await say();
  const backAt = performance.now();
  await say();
  await expectMessages();
  await expectWhole();
  const loss = measureLoss(people, new Set(people), since, said);
  tellLoss('SIGKILL of Redis', loss, { 'messages again after': (backAt - since) / 1_000 });
  expect(loss).toMatchObject({ messages: 0, participants: 0 });
  expect(loss.longestPauseS).toBeLessThan(1);
});

test.each([
  { how: 'is killed', signal: 'SIGKILL', number: 0 },
  { how: 'stops', signal: 'SIGTERM', number: 1 },
] as const)(
  'a control replica $how: its people go on with another one, and media does not notice (SPEC 8.11)',
  {
    timeout: TIMEOUT_MS,
  },
  async ({ signal, number }) => {
    const since = performance.now();
    const control = hall.cluster.control[number] ?? expect.fail('there are two');
    // Who was on the first is on the second since that was killed.
    const victims = number === 0 ? people.length / hall.cluster.control.length : people.length;
    const loss = await survive({
      what: `${signal} of a control replica`,
      victims,
      event: 'signalReconnecting',
      strike: () => control.signal(signal),
    });
    await expect
      .poll(() => people.map(({ room }) => room.state), POLL)
      .toEqual(people.map(() => 'connected'));
    expect(people.map((one) => one.firstAt('reconnecting', since))).toEqual(
      people.map(() => undefined),
    );
    expect(loss).toMatchObject({ audioFrames: 0, videoFrames: 0 });
    expect(loss.longestPauseS).toBeLessThan(0.2 + MARGIN_S);
    await expect.poll(() => control.isReady, POLL).toBe(false);
    await control.start();
    await hall.cluster.awaitNodes(hall.cluster.media.length);
  },
);

test(`${STORM} people join within ${STORM_MS / 1_000} s, and hear the speakers`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const { cluster } = hall;
  await Promise.all(people.splice(0).map((one) => one.leave()));
  const roomId = await hall.openRoom(STORM + SPEAKERS);
  const entries = await hall.admit(roomId, STORM + SPEAKERS);
  const publishing = { audio: SOUND, video: NOTHING };
  const speakers = entries.splice(0, SPEAKERS);
  const storm = new Load();
  load = storm;
  await storm.run('attend', { entries: speakers.slice(0, 1), publishing, pace: 0 });
  await storm.run('attend', { entries: speakers.slice(1), publishing, pace: 0 });

  const startedAt = performance.now();
  const joins = await Promise.allSettled(
    entries.map(async (entry, index) => {
      await delay((index * STORM_MS) / STORM);
      const [times] = await storm.run('attend', { entries: [entry], publishing: null, pace: 0 });
      return times ?? { joinedMs: Number.NaN, firstRtpMs: Number.NaN };
    }),
  );
  const tookS = (performance.now() - startedAt) / 1_000;
  const refusals = joins.flatMap((join) => (join.status === 'rejected' ? [join.reason] : []));
  const times = joins.flatMap((join) => (join.status === 'fulfilled' ? [join.value] : []));
  const [joined, heard] = (['joinedMs', 'firstRtpMs'] as const).map((name) =>
    times.map((one) => one[name]).sort((one, other) => one - other),
  ) as [number[], number[]];
  const ms = (list: number[], share: number): number =>
    Math.round(list[Math.ceil(list.length * share) - 1] ?? Number.NaN);
  const nodes = await Promise.all(cluster.media.map((node) => countTransports(cluster, node)));
  process.stdout.write(
    `· ${STORM} joins in ${tookS.toFixed(1)} s, each with ICE and DTLS: refused ${refusals.length}, let in after ${ms(joined, 0.5)} ms (slowest ${ms(joined, 1)}), first sound after ${ms(heard, 0.5)} ms (slowest ${ms(heard, 1)}), connections on the nodes: ${nodes.join(', ')}\n`,
  );
  expect(refusals).toEqual([]);
  expect(await countParticipants()).toBe(STORM + SPEAKERS);
  expect(ms(heard, 1)).toBeLessThan(STORM_PATIENCE_MS);
});
