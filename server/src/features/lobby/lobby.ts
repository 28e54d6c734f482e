import type { Identity, LobbyEntry, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { Door } from '../moderation/door.ts';
import { personOf } from '../moderation/moderation.ts';
import { assertAllowed, isAllowed } from '../moderation/policy.ts';
import type { RoomRulesDesk } from '../moderation/room-rules.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Admissions } from './admissions.ts';
import type { LobbyElsewhere, LobbyWord } from './lobby-elsewhere.ts';
import { LobbyLine, type Visitor, type Waiter } from './lobby-line.ts';
import { LobbyNews } from './lobby-news.ts';

/** People who may stand in the lobby of one room. */
export const MAX_WAITING = 500;
/** Sockets over which one person may wait for one room: one, and those that are lost and not known to be. */
const MAX_SOCKETS = 3;
const RETRY_AFTER_MS = 5_000;
/** Who was turned away does not stand there again at once. */
const DENIED_MS = 60_000;

export interface LobbyOptions {
  readonly sessions: Sessions;
  readonly rules: Pick<RoomRulesDesk, 'find'>;
  readonly admissions: Admissions;
  /** Throws AppError `room_not_found`, `room_ended`. */
  readonly assertOpen: (roomId: RoomId) => Promise<void>;
  readonly door: Pick<Door, 'admit' | 'settle'>;
  readonly elsewhere: LobbyElsewhere;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Where those stand who need somebody's word to come in. They hold no seat and no media.
 *
 * The lines are in the memory of this process, as the sockets are, and those who lead ask
 * the other processes for theirs. Who was let in is in Redis, and what other processes do to
 * a room is told by `roomChanged`, `lineChanged`, `closeRoom` and `sendOut`.
 */
export class Lobby {
  readonly #options: LobbyOptions;
  readonly #lines = new Map<RoomId, LobbyLine>();
  readonly #news: LobbyNews;
  /** When somebody who was turned away may ask again. */
  readonly #denied = new Map<string, number>();
  readonly #unsubscribe: readonly (() => void)[];
  #isClosed = false;

  constructor(options: LobbyOptions) {
    this.#options = options;
    this.#news = new LobbyNews({
      ...options,
      entriesHere: (roomId) => this.#entries(roomId),
    });
    options.elsewhere.answerFor({
      entries: (roomId) => this.#entries(roomId),
      hearWord: (word) => this.#hearWord(word),
    });
    const greet = ({ stay }: { readonly stay: Stay }) => void this.#news.greet(stay);
    this.#unsubscribe = [
      options.sessions.events.on('stayBegan', greet),
      options.sessions.events.on('grantsChanged', greet),
    ];
  }

  /**
   * Resolves when the visitor may come in: at once where nobody has to be asked.
   *
   * @throws AppError `lobby_denied`, `room_ended`, `room_locked`, `banned`, `room_full` where
   * too many wait, `rate_limited` for who does so over too many sockets, `conflict` for who went away, `unauthorized`, `shutting_down`.
   */
  async pass(visitor: Visitor): Promise<void> {
    const { ticket } = visitor;
    if (ticket.checkEndsAt !== undefined || ticket.isExpected || (await this.#leads(ticket))) {
      return;
    }
    if (visitor.gone.aborted) {
      throw wentAway();
    }
    const since = this.#options.clock();
    const waiter: Waiter = { visitor, since, isShown: false, ...Promise.withResolvers<void>() };
    const line = this.#enter(waiter);
    const leave = () => waiter.reject(wentAway());
    visitor.gone.addEventListener('abort', leave);
    try {
      // Asked from within the line, so that an end of the lobby meanwhile is not missed.
      await Promise.race([waiter.promise, this.#ask(waiter, line)]);
    } finally {
      visitor.gone.removeEventListener('abort', leave);
      this.#leave(waiter, line);
    }
  }

  /** Who waits, the longest first. @throws AppError `forbidden`, `unavailable`. */
  async list(actor: Stay): Promise<readonly LobbyEntry[]> {
    assertAllowed('admit', actor.ticket);
    return await this.#news.entries(actor.ticket.roomId);
  }

  /** Lets people in. Who does not wait any more is passed over. @throws AppError `forbidden`, `unavailable`. */
  async approve(actor: Stay, identities: readonly Identity[]): Promise<void> {
    await this.#say(actor, identities, true);
  }

  /** Turns people away. @throws AppError `forbidden`, `unavailable`. */
  async deny(actor: Stay, identities: readonly Identity[]): Promise<void> {
    await this.#say(actor, identities, false);
  }

  /** The line of a room is another one in another process. */
  lineChanged(roomId: RoomId): void {
    this.#news.changed(roomId, false);
  }

  /** Looks what holds in the room now: where there is no lobby any more, all come in. */
  async roomChanged(roomId: RoomId): Promise<void> {
    const line = this.#lines.get(roomId);
    if (line !== undefined && !(await this.#options.rules.find(roomId)).hasLobby) {
      for (const waiter of line.waiters()) {
        waiter.resolve();
      }
    }
  }

  /** The meeting is over: nobody is let in any more. */
  closeRoom(roomId: RoomId): void {
    this.#reject(() => new AppError('room_ended'), roomId);
  }

  /** Somebody is not to come in: those who lead sent them out before. */
  sendOut(roomId: RoomId, userId: string): void {
    const denial = (ticket: RoomTicket) =>
      personOf(ticket) === userId ? new AppError('lobby_denied') : undefined;
    this.#reject(denial, roomId);
  }

  /** The rooms for which somebody waits. */
  rooms(): readonly RoomId[] {
    return [...this.#lines.keys()];
  }

  /** Ends the waiting of everybody who came from one of these signed-in sessions. */
  endSessions(sessionIds: readonly string[]): void {
    this.#reject(({ sessionId }) =>
      sessionId !== null && sessionIds.includes(sessionId)
        ? new AppError('unauthorized', 'The session was ended')
        : undefined,
    );
  }

  /** The signed-in sessions that those who wait came from. */
  signedInSessions(): { readonly userId: string; readonly sessionId: string }[] {
    return [...this.#lines.values()].flatMap((line) =>
      line.waiters().flatMap(
        ({
          visitor: {
            ticket: { userId, sessionId },
          },
        }) => (sessionId === null ? [] : [{ userId, sessionId }]),
      ),
    );
  }

  /** Turns everybody away, because the server stops. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.#reject(() => new AppError('shutting_down'));
    this.#news.close();
  }

  async #say(actor: Stay, identities: readonly Identity[], isWelcome: boolean): Promise<void> {
    assertAllowed('admit', actor.ticket);
    const { roomId } = actor.ticket;
    const waiting = new Set((await this.#news.entries(roomId)).map(({ identity }) => identity));
    const meant = identities.filter((identity) => waiting.has(identity));
    const word = { roomId, identities: meant, isWelcome };
    await this.#hearWord(word);
    await this.#options.elsewhere.say(word);
  }

  /** What becomes of those who wait here. */
  async #hearWord({ roomId, identities, isWelcome }: LobbyWord): Promise<void> {
    const waiters = this.#lines.get(roomId)?.find(identities) ?? [];
    if (!isWelcome) {
      // Elsewhere too: who comes back may come to any process.
      this.#remember(identities.map((identity) => `${roomId} ${identity}`));
      this.#remember(waiters.map(({ visitor }) => keyOf(visitor.ticket)));
      for (const waiter of waiters) {
        waiter.reject(new AppError('lobby_denied'));
      }
      return;
    }
    if (waiters.length === 0) {
      return;
    }
    await this.#options.admissions.add(roomId, [
      ...new Set(waiters.map(({ visitor }) => personOf(visitor.ticket))),
    ]);
    for (const waiter of waiters) {
      waiter.resolve();
    }
  }

  /** Who is turned away does not stand there again at once. */
  #remember(keys: readonly string[]): void {
    const now = this.#options.clock();
    for (const [key, until] of this.#denied) {
      if (until <= now) {
        this.#denied.delete(key);
      }
    }
    for (const key of keys) {
      this.#denied.set(key, now + DENIED_MS);
    }
  }

  /** Resolves when the visitor may come in, at once or after waiting. */
  async #ask(waiter: Waiter, line: LobbyLine): Promise<void> {
    const { ticket } = waiter.visitor;
    const { roomId } = ticket;
    const userId = personOf(ticket);
    const { rules, admissions } = this.#options;
    const { hasLobby } = await rules.find(roomId);
    if (!hasLobby || this.#isPresent(roomId, userId) || (await admissions.has(roomId, userId))) {
      return;
    }
    await this.#assertWelcome(ticket);
    this.#show(waiter, line);
    await waiter.promise;
  }

  /** What the token says may be what its bearer was once. */
  async #leads(ticket: RoomTicket): Promise<boolean> {
    return (
      isAllowed('passLock', ticket) &&
      isAllowed('passLock', await this.#options.door.settle(ticket))
    );
  }

  #isPresent(roomId: RoomId, userId: string): boolean {
    const stays = this.#options.sessions.findRoom(roomId)?.stays() ?? [];
    return stays.some(({ ticket }) => personOf(ticket) === userId);
  }

  async #assertWelcome(ticket: RoomTicket): Promise<void> {
    await this.#options.assertOpen(ticket.roomId);
    await this.#options.door.admit(ticket, false);
    const keys = [keyOf(ticket), `${ticket.roomId} ${ticket.identity}`];
    if (keys.some((key) => (this.#denied.get(key) ?? 0) > this.#options.clock())) {
      throw new AppError('lobby_denied');
    }
  }

  #enter(waiter: Waiter): LobbyLine {
    if (this.#isClosed) {
      throw new AppError('shutting_down');
    }
    const { roomId } = waiter.visitor.ticket;
    const line = this.#lines.get(roomId) ?? new LobbyLine();
    if (line.countOf(waiter.visitor.ticket.userId) >= MAX_SOCKETS) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: RETRY_AFTER_MS });
    }
    line.add(waiter);
    this.#lines.set(roomId, line);
    return line;
  }

  #show(waiter: Waiter, line: LobbyLine): void {
    if (!line.has(waiter)) {
      return;
    }
    if (line.people >= MAX_WAITING) {
      throw new AppError('room_full', 'Too many people wait for this room');
    }
    waiter.isShown = true;
    waiter.visitor.waits();
    waiter.visitor.send('waiting', { since: new Date(waiter.since).toISOString() });
    this.#news.changed(waiter.visitor.ticket.roomId, true);
  }

  #leave(waiter: Waiter, line: LobbyLine): void {
    const { roomId } = waiter.visitor.ticket;
    line.remove(waiter);
    if (waiter.isShown) {
      this.#news.changed(roomId, true);
    }
    if (line.isEmpty && this.#lines.get(roomId) === line) {
      this.#lines.delete(roomId);
    }
  }

  /** @param refuse Undefined for who may go on waiting. */
  #reject(refuse: (ticket: RoomTicket) => AppError | undefined, roomId?: RoomId): void {
    const lines = roomId === undefined ? [...this.#lines.values()] : [this.#lines.get(roomId)];
    for (const waiter of lines.flatMap((line) => line?.waiters() ?? [])) {
      const error = refuse(waiter.visitor.ticket);
      if (error !== undefined) {
        waiter.reject(error);
      }
    }
  }

  #entries(roomId: RoomId): readonly LobbyEntry[] {
    return this.#lines.get(roomId)?.entries() ?? [];
  }
}

function wentAway(): AppError {
  return new AppError('conflict', 'The client went away before it was let in');
}

function keyOf(ticket: RoomTicket): string {
  return `${ticket.roomId} ${personOf(ticket)}`;
}
