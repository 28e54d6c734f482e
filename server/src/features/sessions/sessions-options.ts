import type { Grants, RoomChange, RoomId, TrackId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Metrics } from '../../kernel/metrics.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Attendance } from './attendance.ts';
import type { Broadcast } from './connection.ts';
import type { AdmitTicket, GetRoom } from './join-desk.ts';
import type { Negotiations } from './negotiations.ts';
import type { Handover } from './resuming/adoptions.ts';
import type { SeatDeskOptions } from './seat-desk.ts';
import type { Seats } from './seats.ts';
import type { ShareRoom } from './sharing/room-sharing.ts';
import type { Stay } from './stay.ts';

/** What presence takes. */
export interface SessionsOptions {
  readonly media: MediaPlane;
  readonly seats: Seats;
  readonly negotiations: Negotiations;
  readonly attendance: Attendance;
  readonly getRoom: GetRoom;
  readonly addPerson: SeatDeskOptions['addPerson'];
  readonly admitTicket: AdmitTicket;
  /** Whether one more connection check may run. @throws AppError `rate_limited`. */
  readonly admitCheck: (ticket: RoomTicket) => void;
  readonly broadcast: Broadcast;
  /** Default: with nobody, for a server that is one process. */
  readonly shareRoom?: ShareRoom | undefined;
  /** What it takes to go on with stays of other processes. Default: stays end with their process. */
  readonly handover?: Handover | undefined;
  /** Told how long joins take. Default {@link NO_METRICS}. */
  readonly metrics?: Pick<Metrics, 'observe'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 10 s. Tests make it short. */
  readonly heartbeatMs?: number;
}

/** What other features hear of presence. */
export type SessionsEvents = {
  /**
   * A participant has been told of tracks of others that it does not receive
   * yet. What is sent to it from now on comes after that message.
   */
  tracksAnnounced: { readonly stay: Stay; readonly trackIds: readonly TrackId[] };
  /** What has just become true in a room; its members hear of it a little later. */
  roomChanged: { readonly roomId: RoomId; readonly change: RoomChange };
  /** Nobody is in the room any more. */
  roomDeserted: { readonly roomId: RoomId };
  /** Somebody is in: `joined` is sent. */
  stayBegan: { readonly stay: Stay };
  /** What the participant may do is another thing now. */
  grantsChanged: { readonly stay: Stay; readonly before: Grants };
  /** The socket of a stay is lost, and its client may come back. */
  staySuspended: { readonly stay: Stay };
  stayResumed: { readonly stay: Stay };
  stayEnded: { readonly stay: Stay };
};
