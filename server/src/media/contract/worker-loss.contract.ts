import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Meeting } from '../../../test/rtc/meeting.ts';
import type { MediaPlaneEvents } from '../media-plane.ts';
import { expectCode, only } from './expectations.contract.ts';
import { type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** The end of workers and of the plane. */
export function describeWorkerLoss(scene: PlaneScene): void {
  describe('a worker that is killed', () => {
    test('loses its own people only, and is replaced', async () => {
      const lost: MediaPlaneEvents['mediaLost'][] = [];
      const wasLost = Promise.withResolvers<void>();
      scene.plane.events.on('mediaLost', (fact) => {
        lost.push(fact);
        wasLost.resolve();
      });
      const ada = await scene.meeting.attend();
      const pid = await scene.pidOfBusyWorker();
      const elsewhere = randomUUID();
      const cyd = await scene.attendApartFrom(pid, { roomId: elsewhere });
      const microphone = await scene.meeting.publish(cyd, 'audio');
      const dan = await scene.attendApartFrom(pid, {
        roomId: elsewhere,
        subscribeTo: [microphone.trackId],
      });

      process.kill(pid, 'SIGKILL');
      await wasLost.promise;
      await expectCode(scene.meeting.publish(ada, 'audio'), 'media_unavailable');
      const gone = scene.plane.unpublish(ada.participantId, randomUUID());
      await expectCode(gone, 'media_unavailable');
      await dan.client.waitForMedia(only(dan.joined.subscriptions));

      const eva = await scene.meeting.attend();
      const camera = await scene.meeting.publish(eva, 'video');
      const fay = await scene.meeting.attend({ subscribeTo: [camera.trackId] });
      await fay.client.waitForMedia(only(fay.joined.subscriptions));

      await expect.poll(async () => (await scene.plane.getLoad()).length, WAIT).toBe(2);
      expect((await scene.plane.getLoad()).map((load) => load.pid)).not.toContain(pid);
      expect(lost).toContainEqual({
        roomId: scene.meeting.roomId,
        participantIds: [ada.participantId],
      });
      const lostIds = lost.flatMap(({ participantIds }) => participantIds);
      expect(lostIds).not.toContain(cyd.participantId);
      expect(lostIds).not.toContain(dan.participantId);
    });

    test('makes a join fail that it was to serve, or has it served elsewhere, and leaves nothing behind', async () => {
      await scene.meeting.join();
      const pids = (await scene.plane.getLoad()).map(({ pid }) => pid);
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      const joining = scene.meeting.join().then(
        ({ participantId }) => scene.plane.leave(participantId),
        (error: unknown) => expect(error).toMatchObject({ code: 'media_unavailable' }),
      );
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await joining;
      await expect
        .poll(() => scene.totalLoad(), WAIT)
        .toEqual({ routers: 0, transports: 0, consumers: 0 });
    });
  });

  test('without a living worker lets a join wait for a new one', async () => {
    const small = await scene.makePlane({ workerCount: 1 });
    const people = new Meeting(small);
    try {
      await people.join();
      const rejoined = new Promise((resolve, reject) => {
        small.events.on('mediaLost', () => people.attend().then(resolve, reject));
      });
      const [worker] = await small.getLoad();
      process.kill(worker?.pid ?? 0, 'SIGKILL');
      await rejoined;
    } finally {
      people.close();
      await small.close();
    }
  });

  test('closes once, with everything in it', async () => {
    await scene.meeting.attend();
    const pids = (await scene.plane.getLoad()).map((load) => load.pid);
    await Promise.all([scene.plane.close(), scene.plane.close()]);
    await scene.plane.close();
    expect(await scene.plane.getLoad()).toEqual([]);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expectCode(scene.meeting.join(), 'media_unavailable');
  });
}
