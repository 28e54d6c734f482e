import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { expectCode, only } from './expectations.contract.ts';
import { LONG_ENOUGH, type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** Tracks that are heard and seen in another room as well. */
export function describeForwarding(scene: PlaneScene): void {
  describe('a forwarded track', () => {
    test.each(['audio', 'video'] as const)('of %s flows in both rooms', async (kind) => {
      const ada = await scene.meeting.attend();
      const track = await scene.meeting.publish(ada, kind);
      const near = await scene.meeting.attend({ subscribeTo: [track.trackId] });
      const roomId = randomUUID();
      const far = await scene.meeting.attend({ roomId });
      const participantId = randomUUID();
      const forwarded = await scene.plane.forwardTrack(ada.participantId, track.trackId, {
        roomId,
        participantId,
      });
      expect(forwarded.mimeType).toMatch(new RegExp(`^${kind}/`));
      const there = only(await scene.meeting.receive(far, [forwarded]));
      expect(there).toMatchObject({ participantId, trackId: forwarded.trackId, kind });
      await far.client.waitForMedia(there);
      await near.client.waitForMedia(only(near.joined.subscriptions));
    });

    test('is muted with its source, and ends with it', async () => {
      const ada = await scene.meeting.attend();
      const [microphone, camera] = [
        await scene.meeting.publish(ada, 'audio'),
        await scene.meeting.publish(ada, 'video'),
      ];
      const roomId = randomUUID();
      const far = await scene.meeting.attend({ roomId });
      const to = { roomId, participantId: randomUUID() };
      const sound = await scene.plane.forwardTrack(ada.participantId, microphone.trackId, to);
      const picture = await scene.plane.forwardTrack(ada.participantId, camera.trackId, to);
      const heard = only(await scene.meeting.receive(far, [sound]));
      const seen = only(await scene.meeting.receive(far, [picture]));
      await far.client.waitForMedia(seen);

      await scene.plane.setMuted(ada.participantId, camera.trackId, true);
      await far.client.waitForMedia(heard);
      const before = far.client.countPackets(seen);
      await far.client.waitForMedia(heard, LONG_ENOUGH);
      expect(far.client.countPackets(seen)).toBe(before);
      await scene.plane.setMuted(ada.participantId, camera.trackId, false);
      await far.client.waitForMedia(seen);

      await scene.plane.unpublish(ada.participantId, camera.trackId);
      expect(await scene.plane.subscribe(far.participantId, [picture.trackId])).toEqual([]);
    });

    test('can be taken back, while its source goes on', async () => {
      const ada = await scene.meeting.attend();
      const track = await scene.meeting.publish(ada, 'audio');
      const near = await scene.meeting.attend({ subscribeTo: [track.trackId] });
      const roomId = randomUUID();
      const far = await scene.meeting.attend({ roomId });
      const { trackId } = await scene.plane.forwardTrack(ada.participantId, track.trackId, {
        roomId,
        participantId: randomUUID(),
      });
      await scene.plane.unforwardTrack(roomId, trackId);
      await scene.plane.unforwardTrack(roomId, trackId);
      expect(await scene.plane.subscribe(far.participantId, [trackId])).toEqual([]);
      await near.client.waitForMedia(only(near.joined.subscriptions));
    });

    test('is heard in the levels of both rooms, and of the one that it is left in', async () => {
      const heard = new Map<string, readonly string[]>();
      scene.plane.events.on('audioLevels', ({ roomId, levels }) =>
        heard.set(
          roomId,
          levels.map(({ trackId }) => trackId),
        ),
      );
      const ada = await scene.meeting.attend();
      const track = await scene.meeting.publish(ada, 'audio');
      track.sender.setVolume(-20);
      const roomId = randomUUID();
      const far = await scene.meeting.attend({ roomId });
      const { trackId } = await scene.plane.forwardTrack(ada.participantId, track.trackId, {
        roomId,
        participantId: randomUUID(),
      });
      await expect.poll(() => heard.get(roomId), WAIT).toEqual([trackId]);
      const own = await scene.meeting.publish(far, 'audio');
      own.sender.setVolume(-10);
      await expect.poll(() => heard.get(roomId), WAIT).toEqual([own.trackId, trackId]);
      expect(heard.get(scene.meeting.roomId)).toEqual([track.trackId]);
      await scene.plane.unforwardTrack(roomId, trackId);
      await expect.poll(() => heard.get(roomId), WAIT).toEqual([own.trackId]);
    });

    test('is sent in what the viewers of either room need', async () => {
      const told: unknown[] = [];
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'simulcast');
      scene.plane.events.on('layersNeeded', ({ needed: { trackId, spatialLayer } }) => {
        if (trackId === camera.trackId) told.push(spatialLayer);
      });
      const roomId = randomUUID();
      const far = await scene.meeting.attend({ roomId });
      const forwarded = await scene.plane.forwardTrack(ada.participantId, camera.trackId, {
        roomId,
        participantId: randomUUID(),
      });
      // Nobody watches it in either room.
      await expect.poll(() => told, { ...WAIT, timeout: 12_000 }).toEqual([null]);
      const seen = only(await scene.meeting.receive(far, [forwarded]));
      await expect.poll(() => told, WAIT).toEqual([null, 2]);
      await far.client.waitForMedia(seen);
      await scene.plane.leave(far.participantId);
      await expect.poll(() => told, { ...WAIT, timeout: 12_000 }).toEqual([null, 2, null]);
    }, 40_000);

    test("is one of the participant's own, to a room with media", async () => {
      const ada = await scene.meeting.attend();
      const ben = await scene.meeting.attend();
      const track = await scene.meeting.publish(ada, 'audio');
      const far = await scene.meeting.attend({ roomId: randomUUID() });
      const to = { roomId: randomUUID(), participantId: randomUUID() };
      const forward = (participantId: string, trackId: string) =>
        scene.plane.forwardTrack(participantId, trackId, to);
      await expectCode(forward(ada.participantId, track.trackId), 'track_not_found');
      await expectCode(forward(ben.participantId, track.trackId), 'track_not_found');
      await expectCode(forward(far.participantId, randomUUID()), 'track_not_found');
    });
  });
}
