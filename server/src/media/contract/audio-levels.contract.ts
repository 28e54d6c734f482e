import { describe, expect, test } from 'vitest';
import type { Attendee, SentTrack } from '../../../test/rtc/meeting.ts';
import type { AudioLevel } from '../media-plane.ts';
import { pair } from './expectations.contract.ts';
import { LONG_ENOUGH, type PlaneScene, WAIT } from './plane-scene.contract.ts';

/** Who is heard to be loud, and what flows although others come first. */
export function describeAudioLevels(scene: PlaneScene): void {
  /** What was told of the one room, in order. */
  function watchLevels(): (readonly AudioLevel[])[] {
    const told: (readonly AudioLevel[])[] = [];
    scene.plane.events.on('audioLevels', ({ roomId, levels }) => {
      expect(roomId).toBe(scene.meeting.roomId);
      told.push(levels);
    });
    return told;
  }

  async function openMicrophone(volumeDb: number): Promise<SentTrack & { who: Attendee }> {
    const who = await scene.meeting.attend({ canSubscribe: false });
    const track = await scene.meeting.publish(who, 'audio');
    track.sender.setVolume(volumeDb);
    return { ...track, who };
  }

  describe('audio levels', () => {
    test('are told with the loudest first, whether anybody receives the tracks or not', async () => {
      const told = watchLevels();
      const quiet = await openMicrophone(-50);
      const loud = await openMicrophone(-20);
      await openMicrophone(-127);
      await scene.plane.allowTracks(scene.meeting.roomId, 'audio', []);
      await expect
        .poll(() => told.at(-1), WAIT)
        .toEqual([
          { trackId: loud.trackId, volumeDb: -20 },
          { trackId: quiet.trackId, volumeDb: -50 },
        ]);
    });

    test('end with an empty list when it becomes quiet, and nothing after it', async () => {
      const told = watchLevels();
      const { sender } = await openMicrophone(-20);
      await expect.poll(() => told.length, WAIT).toBeGreaterThan(4);
      sender.setVolume(-127);
      await expect.poll(() => told.at(-1), WAIT).toEqual([]);
      const frames = sender.framesSent;
      const count = told.length;
      await expect.poll(() => sender.framesSent, WAIT).toBeGreaterThan(frames + 50);
      expect(told).toHaveLength(count);
    });

    test('leave out who is muted', async () => {
      const told = watchLevels();
      const { who, trackId } = await openMicrophone(-20);
      await expect.poll(() => told.length, WAIT).toBeGreaterThan(0);
      await scene.plane.setMuted(who.participantId, trackId, true);
      await expect.poll(() => told.at(-1), WAIT).toEqual([]);
      await scene.plane.setMuted(who.participantId, trackId, false);
      await expect.poll(() => told.at(-1), WAIT).toHaveLength(1);
    });

    test('tell who begins to speak within 19 packets, 380 ms', async () => {
      const told = watchLevels();
      const { sender, trackId } = await openMicrophone(-127);
      await openMicrophone(-40);
      await expect.poll(() => told.length, WAIT).toBeGreaterThan(8);
      const needed: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        // Each time at another point of the windows.
        const quiet = sender.framesSent;
        await expect.poll(() => sender.framesSent, WAIT).toBeGreaterThan(quiet + 25 + round);
        const from = told.length;
        const before = sender.framesSent - sender.framesLate;
        sender.setVolume(-30);
        await expect
          .poll(
            () =>
              told
                .slice(from)
                .flat()
                .some((level) => level.trackId === trackId),
            {
              ...WAIT,
              interval: 1,
            },
          )
          .toBe(true);
        // Frames that this process sent late all came at once: they are no time of the server's.
        needed.push(sender.framesSent - sender.framesLate - before);
        sender.setVolume(-127);
      }
      // 16 fill a window at the worst; some more are sent before the answer is here.
      expect(Math.max(...needed)).toBeLessThanOrEqual(19);
    });
  });

  test('a video that its subscriber put first flows though the room has too many (SPEC 11.4)', async () => {
    const ada = await scene.meeting.attend();
    const camera = await scene.meeting.publish(ada, 'video');
    const microphone = await scene.meeting.publish(ada, 'audio');
    const ben = await scene.meeting.attend();
    const [seen, heard] = pair(await scene.meeting.receive(ben, [camera, microphone]));
    const prefer = (priority: number) =>
      scene.plane.updateSubscriptions(ben.participantId, [
        { subscriptionId: seen.subscriptionId, priority },
      ]);
    const countWhileHeard = async () => {
      // What was on its way arrives before what is sent later.
      await ben.client.waitForMedia(heard);
      const before = ben.client.countPackets(seen);
      await ben.client.waitForMedia(heard, LONG_ENOUGH);
      return ben.client.countPackets(seen) - before;
    };
    await scene.plane.allowTracks(scene.meeting.roomId, 'video', []);
    expect(await countWhileHeard()).toBe(0);
    await prefer(2);
    await ben.client.waitForMedia(seen);
    await prefer(1);
    expect(await countWhileHeard()).toBe(0);
  });
}
