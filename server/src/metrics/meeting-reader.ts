import { type RoomId, TRACK_SOURCES, type TrackSource } from '@balai/protocol';
import type { Sessions } from '../features/sessions/sessions.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { MediaPlane } from '../media/media-plane.ts';

export interface MeasuredMeetings {
  readonly sessions: Pick<Sessions, 'events' | 'present' | 'findRoom'>;
  readonly media: Pick<MediaPlane, 'events'>;
  /** Media nodes that this process knows. */
  readonly countNodes: () => Readonly<Record<'ready' | 'draining' | 'away', number>>;
  /** Open WebSockets. */
  readonly countConnections: () => number;
}

/** Has what goes on in meetings read, and counts what people lose in them. */
export function readMeetings(metrics: Metrics, meetings: MeasuredMeetings): void {
  const { sessions, media, countNodes, countConnections } = meetings;
  metrics.read((tell) => {
    const present = sessions.present();
    const roomIds = new Set(present.map(({ roomId }) => roomId));
    tell('balai_rooms', {}, roomIds.size);
    tell('balai_participants', {}, present.length);
    for (const [source, count] of countTracks(sessions, roomIds)) {
      tell('balai_tracks', { source }, count);
    }
    tell('balai_signalling_connections', {}, countConnections());
    for (const [state, count] of Object.entries(countNodes())) {
      tell('balai_nodes', { state }, count);
    }
  });
  sessions.events.on('staySuspended', () => metrics.count('balai_stay_suspensions_total', {}));
  sessions.events.on('stayResumed', () => metrics.count('balai_stay_resumptions_total', {}));
  media.events.on('mediaLost', ({ participantIds }) =>
    metrics.count('balai_media_lost_participants_total', {}, participantIds.length),
  );
  media.events.on('transportFailed', () => metrics.count('balai_transport_failures_total', {}));
}

function countTracks(
  sessions: Pick<Sessions, 'findRoom'>,
  roomIds: ReadonlySet<RoomId>,
): ReadonlyMap<TrackSource, number> {
  const counts = new Map<TrackSource, number>(TRACK_SOURCES.map((source) => [source, 0]));
  for (const roomId of roomIds) {
    const room = sessions.findRoom(roomId);
    for (const { participantId } of room?.stays() ?? []) {
      for (const { source } of room?.tracksOf(participantId) ?? []) {
        counts.set(source, (counts.get(source) ?? 0) + 1);
      }
    }
  }
  return counts;
}
