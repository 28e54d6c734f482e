import type { ParticipantInfo, RoomChange, TrackInfo } from '@balai/protocol';
import { expect, test } from 'vitest';
import { applyChange } from '../room-view.ts';
import { changesBetween, copyOf } from './view-difference.ts';

const ANN: ParticipantInfo = {
  participantId: 'p1',
  identity: 'ann',
  name: 'Ann',
  role: 'participant',
  joinedAt: '2030-01-01T00:00:00.000Z',
  metadata: '',
  attributes: { mood: 'good' },
  handRaisedAt: null,
  tracks: [],
};

function trackOf(trackId: string, isMuted = false): TrackInfo {
  return {
    trackId,
    participantId: 'p1',
    kind: 'audio',
    source: 'microphone',
    name: '',
    isMuted,
    mimeType: 'audio/opus',
    width: 0,
    height: 0,
  };
}

const withTracks = (...tracks: TrackInfo[]): ParticipantInfo => ({ ...ANN, tracks });

const CASES: readonly {
  readonly name: string;
  readonly before: ParticipantInfo | null;
  readonly after: ParticipantInfo | null;
  readonly types: readonly RoomChange['type'][];
}[] = [
  { name: 'nobody came or went', before: ANN, after: { ...ANN }, types: [] },
  { name: 'somebody came', before: null, after: ANN, types: ['participantJoined'] },
  {
    name: 'somebody came who publishes',
    before: null,
    after: withTracks(trackOf('a'), trackOf('b')),
    types: ['participantJoined', 'trackPublished', 'trackPublished'],
  },
  {
    name: 'somebody left',
    before: withTracks(trackOf('a')),
    after: null,
    types: ['participantLeft'],
  },
  {
    name: 'one track for another',
    before: withTracks(trackOf('a')),
    after: withTracks(trackOf('b')),
    types: ['trackUnpublished', 'trackPublished'],
  },
  {
    name: 'a track was muted',
    before: withTracks(trackOf('a')),
    after: withTracks(trackOf('a', true)),
    types: ['trackMuted'],
  },
  { name: 'another role', before: ANN, after: { ...ANN, role: 'host' }, types: ['roleChanged'] },
  {
    name: 'another name, and an attribute less',
    before: ANN,
    after: { ...ANN, name: 'Anne', attributes: {} },
    types: ['participantUpdated'],
  },
  {
    name: 'a hand went up',
    before: ANN,
    after: { ...ANN, handRaisedAt: '2030-01-01T00:00:01.000Z' },
    types: ['handChanged'],
  },
];

test.each(CASES)('$name: the changes make one view the other', ({ before, after, types }) => {
  const viewOf = (info: ParticipantInfo | null) =>
    new Map(info === null ? [] : [[info.participantId, info]]);
  const changes = changesBetween(viewOf(before), viewOf(after));
  expect(changes.map(({ type }) => type)).toEqual(types);
  const view = copyOf(viewOf(before));
  for (const change of changes) {
    applyChange(view, change);
  }
  expect(view).toEqual(viewOf(after));
});
