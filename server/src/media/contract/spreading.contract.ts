import { describe, expect, test } from 'vitest';
import type { Attendee, SentTrack } from '../../../test/rtc/meeting.ts';
import { expectCode, only } from './expectations.contract.ts';
import { type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** Rooms on one worker, and on several. */
export function describeSpreading(scene: PlaneScene): void {
  async function countPipes(): Promise<number> {
    return (await scene.plane.getLoad()).reduce((total, { pipes }) => total + pipes, 0);
  }

  async function attendMany(count: number): Promise<readonly Attendee[]> {
    const people: Attendee[] = [];
    for (let index = 0; index < count; index += 1) people.push(await scene.meeting.attend());
    return people;
  }

  test('everybody receives everybody, and each track goes to each other worker once', async () => {
    const people = await attendMany(5);
    const sent = await Promise.all(
      people.flatMap((one) => [
        scene.meeting.publish(one, 'audio'),
        scene.meeting.publish(one, 'video'),
      ]),
    );
    const received = await Promise.all(
      people.map((one, index) =>
        scene.meeting.receive(
          one,
          sent.filter((_, track) => Math.floor(track / 2) !== index),
        ),
      ),
    );
    await Promise.all(
      people.flatMap(({ client }, index) =>
        (received[index] ?? []).map((one) => client.waitForMedia(one)),
      ),
    );
    expect(received.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8]);
    const routers = scene.routersOf(5);
    expect(await scene.totalLoad()).toMatchObject({ routers, consumers: 40 });
    expect(await countPipes()).toBe(sent.length * (routers - 1));
  });

  if (!scene.isSpread) return;

  describe('a track on another worker', () => {
    test('comes for the first subscription, goes after the last, and comes again', async () => {
      const [ada, ...others] = await attendMany(4);
      const camera = await scene.meeting.publish(ada as Attendee, 'video');
      expect(await countPipes()).toBe(0);
      for (const one of others) await scene.meeting.receive(one, [camera]);
      expect(await countPipes()).toBe(1);
      for (const one of others) {
        await scene.plane.unsubscribe(one.participantId, [camera.trackId]);
      }
      await expect.poll(countPipes, WAIT).toBe(0);
      const again = await Promise.all(others.map((one) => scene.meeting.receive(one, [camera])));
      await Promise.all(
        others.map(({ client }, index) => client.waitForMedia(only(again[index] ?? []))),
      );
      expect(await countPipes()).toBe(1);
    });

    test('begins with the first key frame that its publisher is asked for', async () => {
      const ada = await scene.meeting.attend();
      /** Sends for as long as a worker takes to bring a track, and clients to be ready for it. */
      const send = async ({ sender }: SentTrack) => {
        const { framesSent } = sender;
        await expect.poll(() => sender.framesSent, WAIT).toBeGreaterThan(framesSent + 5);
        return sender.keyFrameRequests;
      };
      const camera = await scene.meeting.publish(ada, 'video');
      const askedForCamera = await send(camera);
      const { participantId, joined } = await scene.meeting.join({
        subscribeTo: [camera.trackId],
      });
      expect(await send(camera)).toBe(askedForCamera);
      const client = await scene.meeting.connect(participantId, joined);
      await client.waitForMedia(only(joined.subscriptions), 1);
      expect(camera.sender.keyFrameRequests).toBe(askedForCamera + 1);

      const screen = await scene.meeting.publish(ada, 'simulcast');
      const askedForScreen = await send(screen);
      const held = only(await scene.plane.subscribe(participantId, [screen.trackId]));
      expect(await send(screen)).toBe(askedForScreen);
      const startedAt = screen.sender.framesSent;
      await scene.plane.startSubscriptions(participantId, [held.subscriptionId]);
      await client.waitForMedia(held, 1);
      // Sooner than publishers are asked again (SendMedia): that is after half a second.
      expect(screen.sender.framesSent - startedAt).toBeLessThan(12);
    });

    test('that ends while it is being brought leaves nothing behind', async () => {
      const [ada, ben] = (await attendMany(2)) as [Attendee, Attendee];
      for (let round = 0; round < 10; round += 1) {
        const { trackId, sender } = await scene.meeting.publish(ada, 'audio');
        const subscribing = scene.plane.subscribe(ben.participantId, [trackId]);
        // Each time at another point of the way.
        for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
        await scene.plane.unpublish(ada.participantId, trackId);
        sender.stop();
        expect((await subscribing).length).toBeLessThanOrEqual(1);
      }
      await expect.poll(countPipes, WAIT).toBe(0);
      await expect.poll(() => scene.totalLoad(), WAIT).toMatchObject({ consumers: 0 });
      const last = await scene.meeting.publish(ada, 'audio');
      await ben.client.waitForMedia(only(await scene.meeting.receive(ben, [last])));
    });

    test('for somebody who leaves meanwhile leaves nothing behind', async () => {
      const ada = await scene.meeting.attend();
      const { trackId } = await scene.meeting.publish(ada, 'audio');
      for (let round = 0; round < 10; round += 1) {
        const { participantId } = await scene.meeting.join();
        const subscribing = scene.plane.subscribe(participantId, [trackId]).catch(() => []);
        for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
        await scene.plane.leave(participantId);
        await subscribing;
      }
      await expect.poll(countPipes, WAIT).toBe(0);
      expect(await scene.totalLoad()).toEqual({ routers: 1, transports: 2, consumers: 0 });
    });

    test('is muted before anybody there subscribes to it, and unmuted then', async () => {
      const [ada, ben] = (await attendMany(2)) as [Attendee, Attendee];
      const microphone = await scene.meeting.publish(ada, 'audio', true);
      const camera = await scene.meeting.publish(ada, 'video');
      const subscribing = scene.meeting.receive(ben, [microphone]);
      const unmuting = scene.plane.setMuted(ada.participantId, microphone.trackId, false);
      const subscription = only(await subscribing);
      await unmuting;
      await ben.client.waitForMedia(subscription);
      await scene.plane.setMuted(ada.participantId, camera.trackId, true);
      const seen = only(await scene.meeting.receive(ben, [camera]));
      await ben.client.waitForMedia(subscription);
      expect(ben.client.countPackets(seen)).toBe(0);
      await scene.plane.setMuted(ada.participantId, camera.trackId, false);
      await ben.client.waitForMedia(seen);
    });
  });

  test('a worker that is killed takes its own people of a room, and the others go on', async () => {
    const lost = Promise.withResolvers<unknown>();
    scene.plane.events.on('mediaLost', lost.resolve);
    const ada = await scene.meeting.attend();
    const pid = await scene.pidOfBusyWorker();
    const ben = await scene.meeting.attend();
    const [ofAda, ofBen] = [
      await scene.meeting.publish(ada, 'audio'),
      await scene.meeting.publish(ben, 'audio'),
    ];
    await ben.client.waitForMedia(only(await scene.meeting.receive(ben, [ofAda])));
    await ada.client.waitForMedia(only(await scene.meeting.receive(ada, [ofBen])));

    process.kill(pid, 'SIGKILL');
    expect(await lost.promise).toEqual({
      roomId: scene.meeting.roomId,
      participantIds: [ada.participantId],
    });
    await expectCode(scene.plane.unpublish(ada.participantId, ofAda.trackId), 'media_unavailable');
    expect(await scene.plane.subscribe(ben.participantId, [ofAda.trackId])).toEqual([]);
    await expect.poll(() => scene.totalLoad(), WAIT).toMatchObject({ consumers: 0 });
    expect(await countPipes()).toBe(0);

    const again = await scene.meeting.attend({ subscribeTo: [ofBen.trackId] });
    await again.client.waitForMedia(only(again.joined.subscriptions));
    const answer = await scene.meeting.publish(again, 'audio');
    await ben.client.waitForMedia(only(await scene.meeting.receive(ben, [answer])));
  });
}
