import {
  type BreakoutRoom,
  type Identity,
  LIMITS,
  type Params,
  type RoomId,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { CachedHash } from '../../store/redis/cached-hash.ts';
import { assertAllowed, isAllowed } from '../moderation/policy.ts';
import type { RoomNewsDesk } from '../rooms/room-news.ts';
import { closeRoom } from '../rooms/room-rows.ts';
import { CHAT_TOPIC, maySendData } from '../sessions/grants.ts';
import type { PeopleElsewhere } from '../sessions/people-elsewhere.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { BreakoutBook, type BreakoutBookOptions } from './breakout-book.ts';
import {
  assignNobody,
  assignTo,
  type BreakoutRecord,
  insertBreakouts,
  listBreakouts,
  messageIdIn,
  requireMember,
  sayInBreakout,
} from './breakout-rows.ts';
import type { Moves } from './moves.ts';

export interface BreakoutsOptions extends BreakoutBookOptions {
  readonly sessions: Sessions;
  readonly moves: Moves;
  readonly elsewhere: Pick<PeopleElsewhere, 'settleArrival'>;
  /** The room that this one is a breakout room of; null for any other. */
  readonly findMain: (roomId: RoomId) => Promise<RoomId | null>;
  /** Does what changes what is kept of a room, and forgets what was known of it. */
  readonly change: CachedHash['change'];
  readonly news: Pick<RoomNewsDesk, 'tell'>;
  readonly logger: Logger;
}

/**
 * The rooms beside a room. Where everybody belongs is in the database, by the room that the
 * breakout rooms belong to, so that it outlives servers; who comes into that room and
 * belongs elsewhere is moved. Those who lead may ask from any of these rooms.
 */
export class Breakouts {
  readonly #options: BreakoutsOptions;
  readonly #book: BreakoutBook;
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: BreakoutsOptions) {
    this.#options = options;
    this.#book = new BreakoutBook(options);
    const { events } = options.sessions;
    this.#unsubscribe = [
      events.on('stayBegan', ({ stay }) => void this.#receive(stay)),
      events.on('roomDeserted', ({ roomId }) => this.#book.forget(roomId)),
    ];
  }

  /**
   * Makes breakout rooms, and moves the people there who are in any of the rooms.
   *
   * @throws AppError `forbidden`; `not_found` for an identity that was never in the room;
   * `conflict` where there would be too many rooms; `room_ended`. Then there is none of them.
   */
  async create(
    actor: Stay,
    { rooms: wanted }: Params<'breakouts.create'>,
  ): Promise<readonly BreakoutRoom[]> {
    const mainId = await this.#mainOf(actor);
    const identities = wanted.flatMap((room) => room.identities);
    if (new Set(identities).size < identities.length) {
      throw new AppError('invalid_request', undefined, {
        details: ['rooms: nobody belongs into two of them'],
      });
    }
    await this.#settle(mainId, identities);
    const { before, created } = await this.#book.change(mainId, async (db) => {
      const present = await listBreakouts(db, mainId);
      if (present.length + wanted.length > LIMITS.breakoutRooms) {
        throw new AppError('conflict', `A room has ${LIMITS.breakoutRooms} breakout rooms at most`);
      }
      const ids = await insertBreakouts(
        db,
        mainId,
        wanted.map(({ name }) => name),
      );
      for (const [index, room] of wanted.entries()) {
        for (const identity of room.identities) {
          requireMember(await assignTo(db, mainId, identity, ids[index] ?? null));
        }
      }
      const all = await listBreakouts(db, mainId);
      return { before: present, created: all.filter(({ room }) => ids.includes(room.id)) };
    });
    const present = before.map(({ room }) => room.id);
    this.#tellChanged(mainId, [...present, ...created.map(({ room }) => room.id)]);
    const from = [mainId, ...present];
    for (const { room, userIds } of created) {
      if (userIds.length > 0) {
        this.#options.moves.announce({
          roomId: mainId,
          from,
          userIds,
          toRoomId: room.id,
          reason: 'breakout',
        });
      }
    }
    return created.map(({ room }) => room);
  }

  /** @throws AppError `forbidden`. */
  async list(actor: Stay): Promise<readonly BreakoutRoom[]> {
    const mainId = await this.#mainOf(actor);
    return (await this.#book.read(mainId)).map(({ room }) => room);
  }

  /**
   * Says where somebody belongs, and moves them there if they are in another of the rooms.
   *
   * @param roomId Null for the main room.
   * @throws AppError `forbidden`; `not_found` for an identity that was never in the room;
   * `room_not_found` for what is no open breakout room of it.
   */
  async assign(actor: Stay, { identity, roomId }: Params<'breakouts.assign'>): Promise<void> {
    const mainId = await this.#mainOf(actor);
    await this.#assign(mainId, identity, roomId);
  }

  /**
   * Says something in every breakout room. Repeating it with the same id says nothing again.
   *
   * @throws AppError `forbidden`, also for who may not write.
   */
  async broadcast(actor: Stay, { messageId, text }: Params<'breakouts.broadcast'>): Promise<void> {
    const mainId = await this.#mainOf(actor);
    if (!maySendData(actor.ticket.grants, CHAT_TOPIC)) throw new AppError('forbidden');
    await this.#options.sessions.recordArrival(actor);
    const { identity, name, userId } = actor.ticket;
    for (const { room } of await this.#book.read(mainId)) {
      const id = messageIdIn(room.id, messageId);
      const saidAt = await this.#options.database.asUser(userId, (db) =>
        sayInBreakout(db, room.id, id, text),
      );
      if (saidAt !== undefined) {
        this.#options.news.tell({
          type: 'message',
          roomId: room.id,
          event: 'chatMessage',
          message: {
            messageId: id,
            kind: 'text',
            identity,
            name,
            toIdentity: null,
            text,
            file: null,
            sentAt: saidAt.toISOString(),
            editedAt: null,
            deletedAt: null,
          },
          audience: null,
        });
      }
    }
  }

  /** Brings everybody back, and ends the breakout rooms. @throws AppError `forbidden`. */
  async recall(actor: Stay): Promise<void> {
    const mainId = await this.#mainOf(actor);
    const from = await this.#endRooms(mainId);
    this.#tellChanged(mainId, from);
    this.#options.moves.announce({
      roomId: mainId,
      from,
      userIds: null,
      toRoomId: mainId,
      reason: 'recalled',
      closes: true,
    });
  }

  /**
   * Lets somebody go back to the main room.
   *
   * @returns what moves them; it never rejects.
   * @throws AppError `conflict` for who is in no breakout room.
   */
  async leave(actor: Stay): Promise<() => Promise<void>> {
    const { roomId, identity } = actor.ticket;
    const mainId = await this.#options.findMain(roomId);
    if (mainId === null) {
      throw new AppError('conflict', 'This is no breakout room');
    }
    // Who was moved here in another way may never have been in the main room.
    const breakouts = await this.#book.write(mainId, async (db) => {
      await assignTo(db, mainId, identity, null);
      return await listBreakouts(db, mainId);
    });
    this.#tellChanged(
      mainId,
      breakouts.map(({ room }) => room.id),
    );
    return () => this.#options.moves.moveStay(actor, mainId, 'recalled');
  }

  /** The meeting is over: so are its breakout rooms, and everybody in them hears of that. */
  async closeOf(mainId: RoomId): Promise<void> {
    for (const roomId of await this.#endRooms(mainId)) {
      this.#options.news.tell({ type: 'closed', roomId });
    }
  }

  /**
   * The breakout rooms of a room are others now: those who lead hear of it. Never rejects.
   *
   * @param breakoutIds Those that there are, and were.
   */
  async hearChanged(mainId: RoomId, breakoutIds: readonly RoomId[]): Promise<void> {
    const { sessions } = this.#options;
    this.#book.forget(mainId);
    const stays = () =>
      [mainId, ...breakoutIds].flatMap((roomId) => sessions.findRoom(roomId)?.stays() ?? []);
    try {
      if (stays().length === 0) {
        return;
      }
      const rooms = (await this.#book.read(mainId)).map(({ room }) => room);
      for (const stay of stays()) {
        if (isAllowed('breakouts', stay.ticket)) {
          stay.connection.send('breakoutsChanged', { rooms });
        }
      }
    } catch (error) {
      this.#options.logger.warn({ err: error, mainId }, 'nobody was told of breakout rooms');
    }
  }

  /**
   * What this process knows of the room may be old, and where its people belong with it: it
   * looks again. Never rejects.
   */
  async roomChanged(roomId: RoomId): Promise<void> {
    this.#book.forget(roomId);
    const stays = () => this.#options.sessions.findRoom(roomId)?.stays() ?? [];
    try {
      // Who has a main room is found by the news of that one.
      if (stays().length === 0 || (await this.#options.findMain(roomId)) !== null) {
        return;
      }
      const breakouts = await this.#book.recall(roomId);
      await Promise.all(stays().map((stay) => this.#place(stay, roomId, breakouts)));
    } catch (error) {
      this.#options.logger.warn({ err: error, roomId }, 'breakout rooms could not be looked up');
    }
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  /** Who belongs elsewhere is moved there; who leads hears what there is. Never rejects. */
  async #receive(stay: Stay): Promise<void> {
    const { roomId, checkEndsAt } = stay.ticket;
    if (checkEndsAt !== undefined) {
      return;
    }
    try {
      // Of a room that is known to have them, or none, nobody has to be asked.
      const isMain = this.#book.knows(roomId);
      const mainId = (isMain ? null : await this.#options.findMain(roomId)) ?? roomId;
      await this.#place(stay, mainId, await this.#book.recall(mainId));
    } catch (error) {
      this.#options.logger.warn({ err: error, roomId }, 'breakout rooms could not be looked up');
    }
  }

  async #place(stay: Stay, mainId: RoomId, breakouts: readonly BreakoutRecord[]): Promise<void> {
    const { roomId, userId } = stay.ticket;
    const own = breakouts.find(({ userIds }) => userIds.includes(userId));
    if (roomId === mainId && own !== undefined) {
      await this.#options.moves.moveStay(stay, own.room.id, 'breakout');
    } else if (breakouts.length > 0 && !stay.isOver && isAllowed('breakouts', stay.ticket)) {
      stay.connection.send('breakoutsChanged', { rooms: breakouts.map(({ room }) => room) });
    }
  }

  async #assign(mainId: RoomId, identity: Identity, roomId: RoomId | null): Promise<void> {
    await this.#settle(mainId, [identity]);
    const { userId, breakouts } = await this.#book.change(mainId, async (db) => {
      const present = await listBreakouts(db, mainId);
      if (roomId !== null && !present.some(({ room }) => room.id === roomId)) {
        throw new AppError('room_not_found', 'There is no such breakout room');
      }
      const assigned = requireMember(await assignTo(db, mainId, identity, roomId));
      return { userId: assigned, breakouts: present };
    });
    const breakoutIds = breakouts.map(({ room }) => room.id);
    this.#tellChanged(mainId, breakoutIds);
    this.#options.moves.announce({
      roomId: mainId,
      from: [mainId, ...breakoutIds],
      userIds: [userId],
      toRoomId: roomId ?? mainId,
      reason: roomId === null ? 'recalled' : 'breakout',
    });
  }

  /** @returns the rooms that were open. Nobody comes in any more. */
  async #endRooms(mainId: RoomId): Promise<readonly RoomId[]> {
    const ids = (await this.#book.load(mainId)).map(({ room }) => room.id);
    for (const roomId of ids) {
      await this.#options.change(roomId, () =>
        this.#book.write(mainId, (db) => closeRoom(db, roomId, 'ended')),
      );
    }
    await this.#book.write(mainId, (db) => assignNobody(db, mainId));
    return ids;
  }

  /** Who leads may ask from the breakout rooms too. @throws AppError `forbidden`. */
  async #mainOf({ ticket }: Stay): Promise<RoomId> {
    assertAllowed('breakouts', ticket);
    return (await this.#options.findMain(ticket.roomId)) ?? ticket.roomId;
  }

  /** Who has just come may not be written down yet. */
  async #settle(mainId: RoomId, identities: readonly Identity[]): Promise<void> {
    const { sessions, elsewhere } = this.#options;
    for (const identity of identities) {
      const stay = sessions.findStay(mainId, identity);
      if (stay === undefined) {
        await elsewhere.settleArrival(mainId, { identity });
      } else {
        await sessions.recordArrival(stay);
      }
    }
  }

  #tellChanged(mainId: RoomId, breakoutIds: readonly RoomId[]): void {
    this.#options.news.tell({ type: 'breakoutsChanged', roomId: mainId, breakoutIds });
  }
}
