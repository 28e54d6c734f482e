import { describe, expect, test, vi } from 'vitest';
import { FakePublisher } from '../../test/fakes/fake-publisher.ts';
import { joined, participant as participantInfo } from '../../test/fakes/scripted-server.ts';
import { setUpLocalParticipant } from '../../test/local-participant-bench.ts';
import { turnsUntil } from '../../test/turns-until.ts';
import { BalaiError } from '../errors.ts';

const setUp = setUpLocalParticipant;

describe('when the stay is lost and another one begins', () => {
  async function comeBack({ participant, server, door }: ReturnType<typeof setUp>) {
    const later = new FakePublisher();
    server.isClosed = true;
    participant.suspend();
    door.publisher = Promise.resolve(later);
    const { grants } = participant;
    const info = { ...participantInfo('me'), participantId: 'later' };
    await participant.renew(info, grants ?? joined().grants);
    return later;
  }

  test('everything is published again, as it is, and nobody is told', async () => {
    const parts = setUp();
    const { participant, events } = parts;
    const camera = await participant.setCameraEnabled(true);
    const microphone = await participant.setMicrophoneEnabled(true);
    await participant.setMicrophoneEnabled(false);
    const before = events.length;
    const later = await comeBack(parts);
    expect(later.bySource('camera')).toMatchObject({ isMuted: false });
    expect(later.bySource('microphone')).toMatchObject({ isMuted: true });
    expect(participant.getTrackPublication('camera')).toBe(camera);
    expect(participant.getTrackPublication('microphone')).toBe(microphone);
    expect(participant.trackPublications.get(camera?.trackSid ?? '')).toBe(camera);
    expect(camera?.track.sid).toBe(camera?.trackSid);
    expect(events).toHaveLength(before);
    await participant.setMicrophoneEnabled(true);
    expect(later.bySource('microphone')?.isMuted).toBe(false);
  });

  test('what is muted, unmuted or taken back between the two is so in the later one', async () => {
    const parts = setUp();
    const { participant, server } = parts;
    await participant.setCameraEnabled(true);
    const microphone = await participant.setMicrophoneEnabled(true);
    const screen = await participant.setScreenShareEnabled(true);
    server.isClosed = true;
    participant.suspend();
    await microphone?.mute();
    if (screen) await participant.unpublishTrack(screen.track).catch(() => undefined);
    const later = await comeBack(parts);
    expect(later.bySource('microphone')).toMatchObject({ isMuted: true });
    expect(later.bySource('screen_share')).toBeUndefined();
  });

  test('what is on its way then is published in the later one', async () => {
    const parts = setUp();
    const { participant, server, events } = parts;
    const enabling = participant.setCameraEnabled(true);
    await turnsUntil(() => server.log.length === 1);
    const later = await comeBack(parts);
    const publication = await enabling;
    expect(later.bySource('camera')).toBeDefined();
    expect(participant.getTrackPublication('camera')).toBe(publication);
    expect(events).toEqual(['localTrackPublished camera']);
  });

  test('what the server does not take any more is unpublished', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const parts = setUp();
    const { participant, server, door, events, capture } = parts;
    await participant.setCameraEnabled(true);
    const later = new FakePublisher();
    later.nextFailure = new BalaiError('forbidden');
    server.isClosed = true;
    participant.suspend();
    door.publisher = Promise.resolve(later);
    await participant.renew(participantInfo('me'), joined().grants);
    expect(events.at(-1)).toBe('localTrackUnpublished camera');
    expect(capture.live).toEqual([]);
    expect(warn).toHaveBeenCalled();
    warn.mockRestore();
  });
});
