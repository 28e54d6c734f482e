import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Metrics } from '../../kernel/metrics.ts';
import type { MovableMedia } from '../../media/movable-media.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Tracks } from '../tracks/tracks.ts';

/** How often it is looked who has to move. */
const LOOK_INTERVAL_MS = 500;
/**
 * Moves of one process at once: each costs its client a second set of peer connections, and others a
 * second picture for as long.
 */
const MOVES_AT_ONCE = 8;
/**
 * And of these in one room one in so many of those who publish there, or one, until it sends from the
 * other place: whoever receives them receives them twice then, on a line that may just do for once.
 */
const PUBLISHERS_PER_MOVE = 4;
/** A client has so long until it sends and receives in the other place. */
const MOVE_TIMEOUT_MS = 15_000;
/** After that those who receive it have so long to follow. */
const OVERLAP_MS = 2_000;
/** Where there is no other place, or the client was refused one, it is tried again after this. */
const RETRY_MS = 2_000;

export interface MovingOptions {
  readonly media: MovableMedia;
  readonly sessions: Pick<
    Sessions,
    'events' | 'findParticipant' | 'findPeople' | 'offered' | 'changed' | 'end'
  >;
  readonly tracks: Pick<Tracks, 'isPublishing' | 'beginMove' | 'finishMove' | 'hasReplaced'>;
  readonly metrics: Pick<Metrics, 'count'>;
  readonly logger: Logger;
  /** Milliseconds. Tests make them short. */
  readonly lookIntervalMs?: number;
  readonly moveTimeoutMs?: number;
  readonly overlapMs?: number;
  readonly retryMs?: number;
}

interface Move {
  readonly moveId: string;
  readonly isPublisher: boolean;
  /** Ends the wait for its client. */
  readonly proceed: () => void;
  /** Whether its client has said that it is in the other place. */
  isIn: boolean;
}

/**
 * Moves the media of people off places that want to be left, such as nodes that are drained. Each
 * has it in both places until the client says that it sends and receives in the new one, and for
 * some seconds more, so that those who receive it follow without missing anything.
 */
export class Moving {
  readonly #options: MovingOptions;
  readonly #moves = new Map<Stay, Move>();
  /** When it may be tried again, in milliseconds of `performance.now`. */
  readonly #waiting = new WeakMap<Stay, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #isClosed = false;

  constructor(options: MovingOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.lookIntervalMs ?? LOOK_INTERVAL_MS);
    this.#timer.unref();
    // Nobody else is kept from moving by who has left.
    this.#stopListening = options.sessions.events.on('stayEnded', ({ stay }) =>
      this.#moves.get(stay)?.proceed(),
    );
  }

  /** The client sends and receives in the other place. Repeating it, or being late, is harmless. */
  moved(stay: Stay, moveId: string): void {
    const move = this.#moves.get(stay);
    if (move?.moveId === moveId) move.proceed();
  }

  /** Moves nobody any more. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#stopListening();
  }

  #look(): void {
    const { media, sessions, tracks } = this.#options;
    for (const participantId of media.findMovable()) {
      if (this.#moves.size >= MOVES_AT_ONCE) return;
      const stay = sessions.findParticipant(participantId);
      if (stay === undefined || stay.isOver || this.#moves.has(stay)) continue;
      if ((this.#waiting.get(stay) ?? 0) > performance.now()) continue;
      const isPublisher = tracks.isPublishing(stay);
      if (isPublisher && !this.#mayPublishTwice(stay)) continue;
      void this.#move(stay, isPublisher);
    }
  }

  #mayPublishTwice({ ticket: { roomId } }: Stay): boolean {
    const moving = [...this.#moves].filter(
      ([{ ticket }, { isPublisher, isIn }]) => isPublisher && !isIn && ticket.roomId === roomId,
    ).length;
    const people = this.#options.sessions.findPeople(roomId);
    const publishers = people.filter(({ tracks }) => tracks.length > 0).length;
    return moving < Math.max(1, Math.floor(publishers / PUBLISHERS_PER_MOVE));
  }

  /** Never rejects. */
  async #move(stay: Stay, isPublisher: boolean): Promise<void> {
    const { metrics, logger } = this.#options;
    const { participantId } = stay;
    const { promise, resolve } = Promise.withResolvers<void>();
    const move: Move = { moveId: randomUUID(), isPublisher, proceed: resolve, isIn: false };
    this.#moves.set(stay, move);
    try {
      if (!stay.canMove) {
        this.#giveUp(stay);
        metrics.count('balai_moves_total', { outcome: 'rejoined' });
        return;
      }
      if (!(await this.#begin(stay, move.moveId))) {
        if (!stay.isOver) metrics.count('balai_moves_total', { outcome: 'delayed' });
        return;
      }
      move.isIn = await this.#settles(promise, this.#options.moveTimeoutMs ?? MOVE_TIMEOUT_MS);
      if (stay.isOver) return;
      if (!move.isIn) {
        logger.warn({ participantId }, 'a client did not follow its media, and has to join anew');
        this.#giveUp(stay);
        metrics.count('balai_moves_total', { outcome: 'timed_out' });
        return;
      }
      await this.#finish(stay);
      metrics.count('balai_moves_total', { outcome: 'moved' });
    } catch (error) {
      if (stay.isOver || this.#isClosed) return;
      logger.error({ err: error, participantId }, 'the media of somebody was not moved');
      this.#giveUp(stay);
      metrics.count('balai_moves_total', { outcome: 'failed' });
    } finally {
      this.#moves.delete(stay);
    }
  }

  /** @returns whether there is a place to go to. */
  async #begin(stay: Stay, moveId: string): Promise<boolean> {
    const { media, sessions, tracks, logger } = this.#options;
    const { participantId } = stay;
    let isUnderWay = false;
    try {
      await stay.run(async () => {
        isUnderWay = true;
        const joined = await media.beginMove(participantId).finally(() => {
          isUnderWay = false;
        });
        const { sendTransport, receiveTransport, subscriptions, dataReception } = joined;
        tracks.beginMove(stay);
        if (sendTransport !== null) sessions.offered(stay, 'send', sendTransport);
        if (receiveTransport !== null) sessions.offered(stay, 'receive', receiveTransport);
        const offer = { sendTransport, receiveTransport, subscriptions, dataReception };
        stay.connection.send('mediaMoving', { moveId, ...offer });
      });
      return true;
    } catch (error) {
      if (stay.isOver) return false;
      // It may come to another place yet, of which nobody here would know.
      if (isUnderWay) throw error;
      logger.info({ err: error, participantId }, 'somebody cannot be moved now; trying again soon');
      this.#waiting.set(stay, performance.now() + (this.#options.retryMs ?? RETRY_MS));
      return false;
    }
  }

  async #finish(stay: Stay): Promise<void> {
    const { media, tracks, overlapMs = OVERLAP_MS } = this.#options;
    if (tracks.hasReplaced(stay)) await this.#settles(new Promise(() => undefined), overlapMs);
    if (stay.isOver) return;
    await stay.run(async () => {
      await tracks.finishMove(stay);
      await media.finishMove(stay.participantId);
      this.#options.sessions.changed(stay);
    });
  }

  /** Its client joins anew, in another place, by itself. */
  #giveUp(stay: Stay): void {
    this.#options.sessions.end(stay, 'media_failure', new AppError('media_unavailable'));
  }

  /** @returns false where the time was up first. */
  async #settles(work: Promise<void>, timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, false);
    });
    const isDone = await Promise.race([work.then(() => true as const), late]);
    clearTimeout(timer);
    return isDone;
  }
}
