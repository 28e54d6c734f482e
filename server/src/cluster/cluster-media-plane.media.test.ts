import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { type Attendee, Meeting } from '../../test/rtc/meeting.ts';
import { only } from '../media/contract/expectations.contract.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import { clusterPlane, startLocalNode, TestNodes } from './test-local-nodes.ts';
import { MemoryRoomPlaces } from './test-room-places.ts';

const WAIT = { timeout: 8_000, interval: 20 };

describe('a room over several nodes', () => {
  const closers: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function startNodes(count: number, workerCount = 1): Promise<readonly ClusterNode[]> {
    return await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const node = await startLocalNode(`node-${index}/boot`, { workerCount });
        closers.push(() => node.media.close());
        return node;
      }),
    );
  }

  function meet(plane: MediaPlane): Meeting {
    const meeting = new Meeting(plane);
    closers.push(() => meeting.close());
    return meeting;
  }

  async function countPipes(nodes: readonly ClusterNode[]): Promise<readonly number[]> {
    const loads = await Promise.all(nodes.map(({ media }) => media.getLoad()));
    return loads.map((load) => load.reduce((sum, { pipes }) => sum + pipes, 0));
  }

  test('brings each track once to each other node, and everybody receives everybody', async () => {
    const nodes = await startNodes(3);
    const plane = clusterPlane(new TestNodes(nodes));
    const meeting = meet(plane);
    const people: Attendee[] = [];
    for (let index = 0; index < 6; index += 1) people.push(await meeting.attend());
    const sent = await Promise.all(people.map((one) => meeting.publish(one, 'video')));
    for (const [index, one] of people.entries()) {
      const others = sent.filter((_, track) => track !== index);
      const received = await meeting.receive(one, others);
      expect(received).toHaveLength(5);
      await Promise.all(received.map((some) => one.client.waitForMedia(some)));
    }
    expect(await countPipes(nodes)).toEqual([4, 4, 4]);
    await Promise.all(people.map((one) => plane.unsubscribe(one.participantId, 'all')));
    await expect.poll(() => countPipes(nodes), WAIT).toEqual([0, 0, 0]);
  });

  test('lets people of one replica receive what people of another one publish', async () => {
    const nodes = await startNodes(2);
    const places = new MemoryRoomPlaces();
    const roomId = randomUUID();
    const [here, there] = ['one', 'other'].map((replicaId, index) =>
      meet(
        clusterPlane(new TestNodes(nodes), places.of(replicaId), async () => `node-${index}/boot`),
      ),
    ) as [Meeting, Meeting];
    const ada = await here.attend({ roomId });
    const camera = await here.publish(ada, 'video');
    const ben = await there.attend({ roomId, subscribeTo: [camera.trackId] });
    await ben.client.waitForMedia(only(ben.joined.subscriptions));
    const microphone = await there.publish(ben, 'audio');
    await ada.client.waitForMedia(only(await here.receive(ada, [microphone])));
    expect(await countPipes(nodes)).toEqual([1, 1]);
  });

  test('shows people of one replica in a room whose people are those of another one', async () => {
    const nodes = await startNodes(2);
    const places = new MemoryRoomPlaces();
    const planes = ['one', 'other'].map((replicaId, index) =>
      clusterPlane(new TestNodes(nodes), places.of(replicaId), async () => `node-${index}/boot`),
    ) as [MediaPlane, MediaPlane];
    const [here, there] = planes.map(meet) as [Meeting, Meeting];
    const ada = await here.attend();
    const camera = await here.publish(ada, 'video');
    const roomId = randomUUID();
    const far = await there.attend({ roomId });
    const to = { roomId, participantId: randomUUID() };
    const forwarded = await planes[0].forwardTrack(ada.participantId, camera.trackId, to);
    const seen = only(await there.receive(far, [forwarded]));
    expect(seen.participantId).toBe(to.participantId);
    await far.client.waitForMedia(seen);
    expect(await countPipes(nodes)).toEqual([1, 1]);
    await planes[0].unforwardTrack(roomId, forwarded.trackId);
    await expect.poll(() => countPipes(nodes), WAIT).toEqual([0, 0]);
  });

  test('has each replica hear who speaks on nodes where it has nobody, each track once', async () => {
    const nodes = await startNodes(2);
    const places = new MemoryRoomPlaces();
    const roomId = randomUUID();
    const planes = ['one', 'other'].map((replicaId, index) =>
      clusterPlane(new TestNodes(nodes), places.of(replicaId), async () => `node-${index}/boot`),
    ) as [MediaPlane, MediaPlane];
    const told = planes.map((plane) => {
      const levels: (readonly string[])[] = [];
      plane.events.on('audioLevels', (fact) =>
        levels.push(fact.levels.map(({ trackId }) => trackId)),
      );
      return levels;
    });
    const [here, there] = planes.map(meet) as [Meeting, Meeting];
    const ada = await here.attend({ roomId });
    const ben = await there.attend({ roomId });
    const loud = await here.publish(ada, 'audio');
    loud.sender.setVolume(-20);
    const quiet = await there.publish(ben, 'audio');
    quiet.sender.setVolume(-50);
    for (const levels of told) {
      await expect.poll(() => levels.at(-1), WAIT).toEqual([loud.trackId, quiet.trackId]);
    }
    loud.sender.setVolume(-127);
    for (const levels of told) {
      await expect.poll(() => levels.at(-1), WAIT).toEqual([quiet.trackId]);
    }
    await planes[1].leave(ben.participantId);
    await expect.poll(() => told[0]?.at(-1), WAIT).toEqual([]);
  });

  test('goes on without a node that is lost, whose tracks end', async () => {
    const nodes = await startNodes(2);
    const list = new TestNodes(nodes);
    const plane = clusterPlane(list);
    const meeting = meet(plane);
    const ada = await meeting.attend();
    const ben = await meeting.attend();
    const camera = await meeting.publish(ben, 'video');
    await ada.client.waitForMedia(only(await meeting.receive(ada, [camera])));
    const told: unknown[] = [];
    plane.events.on('mediaLost', (fact) => told.push(fact));
    // The camera comes by pipe to where it is not published.
    const [first = 0] = await countPipes(nodes);
    const [staying, lost] = (first > 0 ? nodes : [...nodes].reverse()) as [
      ClusterNode,
      ClusterNode,
    ];
    await lost.media.close();
    list.lose(lost.peerId);
    expect(told).toEqual([{ roomId: meeting.roomId, participantIds: [ben.participantId] }]);
    // What came by the pipe ends with it, one after the other.
    await expect
      .poll(() => staying.media.getLoad(), WAIT)
      .toMatchObject([{ pipes: 0, transports: 2, consumers: 0 }]);
    expect(await plane.subscribe(ada.participantId, [camera.trackId])).toEqual([]);
    expect(told).toHaveLength(1);
  });

  test('lands on one worker of a node, and goes on from there to the others', async () => {
    const nodes = await startNodes(2, 2);
    const apart = async ({ roomNodes }: { roomNodes: ReadonlyMap<string, number> }) =>
      (roomNodes.get('node-0/boot') ?? 0) === 0 ? 'node-0/boot' : 'node-1/boot';
    const meeting = meet(clusterPlane(new TestNodes(nodes), undefined, apart));
    const ada = await meeting.attend();
    const others = [await meeting.attend(), await meeting.attend()];
    const camera = await meeting.publish(ada, 'simulcast');
    for (const one of others) {
      await one.client.waitForMedia(only(await meeting.receive(one, [camera])));
    }
    expect((await countPipes(nodes))[0]).toBe(0);
    expect((await countPipes(nodes))[1]).toBeGreaterThanOrEqual(1);
  });
});
