import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { expectCode } from './expectations.contract.ts';
import { type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** Coming and going. */
export function describeJoining(scene: PlaneScene): void {
  describe('join', () => {
    test('gives only the transports that are allowed', async () => {
      const watcher = await scene.meeting.join({ canPublish: false });
      expect(watcher.joined).toMatchObject({ sendTransport: null, receiveTransport: {} });
      const speaker = await scene.meeting.join({ canSubscribe: false });
      expect(speaker.joined).toMatchObject({ sendTransport: {}, receiveTransport: null });
      expect(await scene.totalLoad()).toMatchObject({ transports: 2 });
    });

    test('offers UDP and TCP at the same addresses', async () => {
      const { joined } = await scene.meeting.join();
      const candidates = joined.sendTransport?.iceCandidates ?? [];
      const addressesOf = (protocol: string) =>
        candidates.filter((one) => one.protocol === protocol).map((one) => one.address);
      expect(addressesOf('udp')).toEqual(addressesOf('tcp'));
      expect(addressesOf('udp')).not.toEqual([]);
    });

    test('leaves out tracks that are gone, foreign, named twice, or in an unknown codec', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const stranger = await scene.meeting.attend({ roomId: randomUUID() });
      const foreign = await scene.meeting.publish(stranger, 'audio');
      const { codecs, headerExtensions } = scene.plane.getRouterCapabilities();
      const { joined, participantId } = await scene.meeting.join({
        rtpCapabilities: {
          codecs: codecs.filter((codec) => codec.kind === 'audio'),
          headerExtensions,
        },
        subscribeTo: [
          randomUUID(),
          foreign.trackId,
          camera.trackId,
          microphone.trackId,
          microphone.trackId,
        ],
      });
      expect(joined.subscriptions).toMatchObject([{ trackId: microphone.trackId }]);
      expect(await scene.plane.subscribe(participantId, [microphone.trackId])).toEqual([]);
    });

    test('at the same time into a new room shares routers', async () => {
      await Promise.all([scene.meeting.join(), scene.meeting.join(), scene.meeting.join()]);
      const routers = scene.routersOf(3);
      expect(await scene.totalLoad()).toEqual({ routers, transports: 6, consumers: 0 });
    });

    test('of different rooms at the same time spreads them over the workers', async () => {
      await Promise.all([
        scene.meeting.join({ roomId: randomUUID() }),
        scene.meeting.join({ roomId: randomUUID() }),
      ]);
      expect((await scene.plane.getLoad()).map((load) => load.routers)).toEqual([1, 1]);
    });

    test('of somebody who is there already is a conflict, and takes nothing away', async () => {
      const ada = await scene.meeting.attend();
      const again = scene.plane.join({
        roomId: scene.meeting.roomId,
        participantId: ada.participantId,
        rtpCapabilities: scene.plane.getRouterCapabilities(),
        canPublish: true,
        canSubscribe: true,
        subscribeTo: [],
      });
      await expectCode(again, 'conflict');
      await scene.meeting.publish(ada, 'audio');
    });

    test.each([
      ['a new room', 0],
      ['a room with people in it', 1],
    ])('of %s that ends before it is done leaves nothing behind', async (_name, others) => {
      for (let index = 0; index < others; index += 1) await scene.meeting.attend();
      const before = await scene.totalLoad();
      const pids = (await scene.plane.getLoad()).map((load) => load.pid);
      const participantId = randomUUID();
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      const joining = scene.plane.join({
        roomId: scene.meeting.roomId,
        participantId,
        rtpCapabilities: scene.plane.getRouterCapabilities(),
        canPublish: true,
        canSubscribe: true,
        subscribeTo: [],
      });
      const refused = expectCode(joining, 'media_unavailable');
      // By now the commands are on their way to the stopped worker.
      await new Promise(setImmediate);
      await scene.plane.leave(participantId);
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      await refused;
      // The workers answer in order, so that what the join asked for is done after this.
      await scene.meeting.attend();
      const { transports, routers } = await scene.totalLoad();
      expect({ transports, routers }).toEqual({
        transports: before.transports + 2,
        routers: scene.routersOf(others + 1),
      });
    });
  });

  describe('leave', () => {
    test('closes everything of a participant, and the room with the last one', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const ben = await scene.meeting.attend({ subscribeTo: [microphone.trackId] });
      const routers = scene.routersOf(2);
      expect(await scene.totalLoad()).toEqual({ routers, transports: 4, consumers: 1 });

      await scene.plane.leave(ada.participantId);
      await scene.plane.leave(ada.participantId);
      await expect
        .poll(() => scene.totalLoad(), WAIT)
        .toEqual({ routers: 1, transports: 2, consumers: 0 });
      expect(await scene.plane.subscribe(ben.participantId, [microphone.trackId])).toEqual([]);

      await scene.plane.leave(ben.participantId);
      expect(await scene.totalLoad()).toEqual({ routers: 0, transports: 0, consumers: 0 });
    });

    test('of somebody who never came is no fault', async () => {
      await scene.plane.leave(randomUUID());
    });

    test('leaves no media to ask for', async () => {
      const ada = await scene.meeting.attend();
      await scene.plane.leave(ada.participantId);
      await expectCode(scene.meeting.publish(ada, 'audio'), 'media_unavailable');
    });
  });
}
