import type { TrackInfo } from '@balai/protocol';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { beforeEach, describe, expect, test } from 'vitest';
import { Reception } from '../layers/reception.ts';
import { RemoteParticipant } from './remote-participant.ts';

const FIRST: TrackInfo = {
  trackId: 'first',
  participantId: 'p-ann',
  name: '',
  kind: 'audio',
  source: 'microphone',
  mimeType: 'audio/opus',
  isMuted: false,
  width: 0,
  height: 0,
};
const NEXT: TrackInfo = { ...FIRST, trackId: 'next', replaces: 'first' };

let told: string[];

function ann(...tracks: readonly TrackInfo[]): RemoteParticipant {
  const participant = new RemoteParticipant(
    {
      participantId: 'p-ann',
      identity: 'ann',
      name: 'Ann',
      role: 'participant',
      joinedAt: '2026-01-01T00:00:00.000Z',
      metadata: '',
      attributes: {},
      handRaisedAt: null,
      tracks,
    },
    new Reception({}, () => undefined),
  );
  const events = [
    'trackPublished',
    'trackUnpublished',
    'trackSubscribed',
    'trackUnsubscribed',
    'trackMuted',
    'trackUnmuted',
  ] as const;
  for (const event of events) participant.on(event, () => told.push(event));
  return participant;
}

function downstream() {
  return {
    mediaStreamTrack: new FakeMediaStreamTrack({ kind: 'audio' }),
    getStats: () => Promise.resolve(new Map()),
  };
}

beforeEach(() => {
  told = [];
});

describe('a track that takes the place of another one', () => {
  test('is the same publication and the same track, and nobody is told (SPEC 19.2)', () => {
    const participant = ann(FIRST);
    participant.beginMedia('first', downstream());
    const publication = participant.getTrackPublication('microphone');
    const track = publication?.track;
    told = [];

    participant.addPublication(NEXT);
    expect(participant.findPublication('next')).toBe(publication);
    expect(publication?.trackSid).toBe('first');
    const next = downstream();
    participant.beginMedia('next', next);
    expect(participant.getTrackPublications()).toEqual([publication]);
    expect(publication?.trackSid).toBe('next');
    expect(publication?.track).toBe(track);
    expect(track?.mediaStreamTrack).toBe(next.mediaStreamTrack);

    participant.removePublication('first');
    expect(participant.getTrackPublications()).toEqual([publication]);
    expect(told).toEqual([]);
  });

  test('is muted with it, before and after it took its place', () => {
    const participant = ann(FIRST);
    participant.beginMedia('first', downstream());
    participant.addPublication(NEXT);
    told = [];
    participant.setMuted('first', true);
    participant.setMuted('next', true);
    participant.beginMedia('next', downstream());
    expect(participant.getTrackPublication('microphone')?.isMuted).toBe(true);
    participant.setMuted('next', false);
    expect(told).toEqual(['trackMuted', 'trackUnmuted']);
  });

  test('takes it as well where the first one ends before anything of it has come', () => {
    const participant = ann(FIRST);
    participant.beginMedia('first', downstream());
    const publication = participant.getTrackPublication('microphone');
    participant.addPublication(NEXT);
    told = [];
    participant.succeed('first');
    participant.removePublication('first');
    expect(publication?.trackSid).toBe('next');
    expect(participant.getTrackPublications()).toEqual([publication]);
    expect(told).toEqual([]);
  });

  test('that ends before leaves the first one as it was', () => {
    const participant = ann(FIRST);
    participant.beginMedia('first', downstream());
    participant.addPublication(NEXT);
    told = [];
    participant.removePublication('next');
    expect(participant.findPublication('next')).toBeUndefined();
    expect(participant.getTrackPublication('microphone')?.trackSid).toBe('first');
    expect(told).toEqual([]);
  });

  test('is the only one that a newcomer sees', () => {
    const publications = ann(FIRST, NEXT).getTrackPublications();
    expect(publications.map(({ trackSid }) => trackSid)).toEqual(['next']);
  });
});

test('what is published still after the room was joined anew is the same publication (SPEC 8.3)', () => {
  const participant = ann(FIRST);
  participant.beginMedia('first', downstream());
  const publication = participant.getTrackPublication('microphone');
  told = [];
  const anew = { ...FIRST, trackId: 'anew', isMuted: true };
  const camera = { ...FIRST, trackId: 'camera', kind: 'video', source: 'camera' } as const;
  const { identity, name, metadata, attributes } = participant;
  participant.renew({
    participantId: 'p-ann-2',
    identity,
    name: name ?? '',
    role: 'participant',
    joinedAt: '2026-01-01T00:01:00.000Z',
    metadata: metadata ?? '',
    attributes,
    handRaisedAt: null,
    tracks: [anew, camera],
  });
  expect(participant.getTrackPublication('microphone')).toBe(publication);
  expect(publication?.trackSid).toBe('anew');
  expect(told).toEqual(['trackMuted', 'trackPublished']);
});
