import type { ParticipantInfo, TrackInfo } from '@balai/protocol';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { expect, test } from 'vitest';
import { Emitter } from './emitter.ts';
import { Reception } from './layers/reception.ts';
import { RemoteParticipant } from './participants/remote-participant.ts';
import { DefaultReconnectPolicy } from './reconnect/reconnect-policy.ts';
import { isAudioTrack, isLocalTrack, isRemoteTrack, isVideoTrack } from './track-guards.ts';
import type { RemoteAudioTrack } from './tracks/remote-track.ts';
import { VideoPreset } from './video-presets.ts';

const SOURCES = ['microphone', 'screen_share_audio'] as const;

function ann(): RemoteParticipant {
  const tracks = SOURCES.map(
    (source): TrackInfo => ({
      trackId: source,
      participantId: 'p-ann',
      name: `the ${source}`,
      kind: 'audio',
      source,
      mimeType: 'audio/opus',
      isMuted: false,
      width: 0,
      height: 0,
    }),
  );
  const info: ParticipantInfo = {
    participantId: 'p-ann',
    identity: 'ann',
    name: 'Ann',
    role: 'participant',
    joinedAt: '2026-01-01T10:00:00.000Z',
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks,
  };
  return new RemoteParticipant(info, new Reception({}, () => undefined));
}

function hear(participant: RemoteParticipant): RemoteAudioTrack[] {
  for (const source of SOURCES) {
    participant.beginMedia(source, {
      mediaStreamTrack: new FakeMediaStreamTrack({ kind: 'audio' }),
      getStats: () => Promise.resolve(new Map()),
    });
  }
  return participant.audioTracks();
}

test('listeners come and go by every name, and those of the SDK stay', () => {
  const emitter = new Emitter<{ news: (fact: string) => void; other: () => void }>();
  const heard: string[] = [];
  const note = (fact: string) => heard.push(`application ${fact}`);
  emitter.watch('news', (fact) => heard.push(`sdk ${fact}`));
  emitter.addListener('news', note).addListener('other', () => heard.push('other'));
  expect(emitter.listenerCount('news')).toBe(1);
  emitter.emit('news', 'one');
  emitter.removeListener('news', note).emit('news', 'two');
  emitter.on('news', note).removeAllListeners('news').emit('news', 'three');
  emitter.emit('other');
  emitter.removeAllListeners().emit('other');
  expect(heard).toEqual(['sdk one', 'application one', 'sdk two', 'sdk three', 'other']);
});

test('a volume is that of the voice, unless the sound of the screen is named', () => {
  const participant = ann();
  participant.setVolume(0.25, 'screen_share_audio');
  const [voice, screen] = hear(participant);
  participant.setVolume(0.5);
  expect([voice?.getVolume(), screen?.getVolume()]).toEqual([0.5, 0.25]);
  expect([participant.getVolume(), participant.getVolume('screen_share_audio')]).toEqual([
    0.5, 0.25,
  ]);
});

test('a publication tells of its media, and where it stands', () => {
  const participant = ann();
  const publication = participant.getTrackPublicationByName('the microphone');
  expect(publication?.subscriptionStatus).toBe('desired');
  const told: string[] = [];
  for (const event of ['subscribed', 'unsubscribed', 'muted', 'unmuted'] as const) {
    publication?.on(event, () => told.push(event));
  }
  const [track] = hear(participant);
  expect(publication?.audioTrack).toBe(track);
  expect(publication?.videoTrack).toBeUndefined();
  expect(publication?.subscriptionStatus).toBe('subscribed');
  expect([isRemoteTrack(track), isAudioTrack(track)]).toEqual([true, true]);
  expect([isLocalTrack(track), isVideoTrack(track)]).toEqual([false, false]);
  participant.setMuted('microphone', true);
  participant.setMuted('microphone', false);
  participant.endMedia('microphone');
  expect(told).toEqual(['subscribed', 'muted', 'unmuted', 'unsubscribed']);
  expect([...participant.audioTrackPublications.keys()]).toEqual(SOURCES);
  expect(participant.videoTrackPublications.size).toBe(0);
});

test('who listens to the data of one participant is listening', () => {
  const participant = ann();
  let wanted = 0;
  participant.whenWanted(() => {
    wanted += 1;
  });
  participant.on('trackMuted', () => undefined);
  expect(wanted).toBe(0);
  participant.on('dataReceived', () => undefined);
  expect(wanted).toBe(1);
});

test('a speaker that cannot be used leaves the former one in use', async () => {
  const [track] = hear(ann());
  const used: string[] = [];
  const element = {
    play: () => Promise.resolve(),
    setSinkId: (id: string) => {
      used.push(id);
      const gone = new DOMException('It is gone', 'NotFoundError');
      return id === 'gone' ? Promise.reject(gone) : Promise.resolve();
    },
  };
  await track?.setSinkId('good');
  Object.defineProperty(track, 'attachedElements', { value: [element] });
  await expect(track?.setSinkId('gone')).rejects.toMatchObject({
    name: 'MediaDeviceError',
    code: 'device_not_found',
    kind: 'audiooutput',
  });
  expect(used).toEqual(['gone', 'good']);
});

test('delays of a policy may be given, and end it', () => {
  const policy = new DefaultReconnectPolicy([0, 400]);
  expect(policy.nextRetryDelayInMs({ elapsedMs: 0, retryCount: 0 })).toBe(0);
  const second = policy.nextRetryDelayInMs({ elapsedMs: 0, retryCount: 1 }) ?? 0;
  expect(second).toBeGreaterThanOrEqual(200);
  expect(second).toBeLessThanOrEqual(600);
  expect(policy.nextRetryDelayInMs({ elapsedMs: 0, retryCount: 2 })).toBeNull();
});

test('a preset is made of a size, or of everything at once', () => {
  const preset = new VideoPreset(640, 480, 500_000, 20);
  expect(
    new VideoPreset({ width: 640, height: 480, maxBitrate: 500_000, maxFramerate: 20 }),
  ).toEqual(preset);
  expect(preset.resolution).toEqual({ width: 640, height: 480, frameRate: 20 });
  expect(preset.encoding).toEqual({ maxBitrate: 500_000, maxFramerate: 20 });
});
