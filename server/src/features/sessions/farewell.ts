import type { DisconnectReason, TrackInfo } from '@balai/protocol';
import type { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { AttendanceLog } from './attendance-log.ts';
import type { NegotiationLog } from './negotiation-log.ts';
import type { StayLog } from './resuming/stay-log.ts';
import type { Seat, Seats } from './seats.ts';
import type { Stay } from './stay.ts';

export interface FarewellDependencies {
  readonly media: MediaPlane;
  readonly seats: Seats;
  readonly attendance: AttendanceLog;
  readonly negotiations: NegotiationLog;
  /** Undefined where stays end with their process. */
  readonly stayLog: StayLog | undefined;
  readonly logger: Logger;
}

/** How a stay ends. */
export interface Parting {
  readonly reason: DisconnectReason;
  /** Goes with the goodbye. */
  readonly error: AppError | undefined;
  /** What the stay published until now. */
  readonly tracks: readonly TrackInfo[];
}

/**
 * Says goodbye and frees what a stay had. The room is the caller's matter.
 *
 * @returns what goes on after that; none of it rejects.
 */
export type Farewell = (stay: Stay, parting: Parting) => readonly Promise<void>[];

export function createFarewell(dependencies: FarewellDependencies): Farewell {
  const { media, seats, attendance, negotiations, stayLog, logger } = dependencies;

  const attempt = async (work: Promise<void>, seat: Seat, complaint: string): Promise<void> => {
    try {
      await work;
    } catch (error) {
      logger.warn({ err: error, ...seat }, complaint);
    }
  };

  return (stay, { reason, error, tracks }) => {
    const { participantId, ticket, connection } = stay;
    const { roomId, userId } = ticket;
    const left = stay.finish(() => media.leave(participantId));
    connection.send('goodbye', {
      reason,
      ...(error === undefined ? {} : { error: error.toWire() }),
    });
    connection.close();
    logger.info({ roomId, userId, participantId, reason }, 'a participant left');

    const seat = { roomId, userId, participantId };
    return [
      attempt(left, seat, 'the media of a participant was not freed'),
      attempt(seats.release(seat), seat, 'a seat was not freed; its lease will end'),
      attendance.left(stay),
      negotiations.ended(stay, reason, tracks),
      ...(stayLog === undefined ? [] : [stayLog.ended(stay)]),
    ];
  };
}
