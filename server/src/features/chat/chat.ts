import type { ChatMessage, MessageId, Params, Result } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Broadcast } from '../sessions/connection.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { readMessageCursor, writeMessageCursor } from './message-cursor.ts';
import { findMessage, insertMessage, listMessages } from './message-rows.ts';

const DEFAULT_PAGE = 50;

/** What is said in rooms: stored first, then told to everybody who is there. */
export class Chat {
  readonly #database: Database;
  readonly #broadcast: Broadcast;
  readonly #sessions: Pick<Sessions, 'findStay' | 'recordArrival'>;
  /** What one participant says is stored in the order of saying it. */
  readonly #lines = new WeakMap<Stay, SerialQueue>();

  constructor(
    database: Database,
    broadcast: Broadcast,
    sessions: Pick<Sessions, 'findStay' | 'recordArrival'>,
  ) {
    this.#database = database;
    this.#broadcast = broadcast;
    this.#sessions = sessions;
  }

  /**
   * Says something. Repeating it with the same id stores and tells nothing
   * again, and returns what was stored the first time.
   *
   * @throws AppError `forbidden` without the grant `data`, `conflict` when the id
   * is that of somebody else's message or of one in another room.
   */
  async send(stay: Stay, params: Params<'chat.send'>): Promise<ChatMessage> {
    if (!stay.ticket.grants.data) {
      throw new AppError('forbidden', 'This token does not allow sending messages');
    }
    const line = this.#lines.get(stay) ?? new SerialQueue();
    this.#lines.set(stay, line);
    return await line.run(() => this.#store(stay, params.messageId, params.text));
  }

  /**
   * One page of what was said in the room of the stay.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  async history(stay: Stay, params: Params<'chat.history'>): Promise<Result<'chat.history'>> {
    const { roomId, identity } = stay.ticket;
    const before = params.before === undefined ? null : readMessageCursor(params.before);
    const limit = params.limit ?? DEFAULT_PAGE;
    // One more than asked for tells whether there is a page before this one.
    await this.#sessions.recordArrival(stay);
    const records = await this.#database.asUser(identity, (db) =>
      listMessages(db, roomId, before, limit + 1),
    );
    const page = records.slice(0, limit);
    const oldest = page.at(-1);
    return {
      messages: page.map(({ message }) => this.#named(roomId, message)).reverse(),
      before:
        records.length > limit && oldest !== undefined ? writeMessageCursor(oldest.position) : null,
    };
  }

  async #store(stay: Stay, messageId: MessageId, text: string): Promise<ChatMessage> {
    const { roomId, identity } = stay.ticket;
    if (stay.isOver) {
      throw new AppError('conflict', 'The stay is over');
    }
    await this.#sessions.recordArrival(stay);
    const { added, earlier } = await this.#database.asUser(identity, async (db) => {
      const record = await insertMessage(db, { messageId, roomId, identity, text });
      return {
        added: record,
        earlier: record === undefined ? await findMessage(db, messageId) : undefined,
      };
    });
    if (added !== undefined) {
      const message = this.#named(roomId, added.message);
      this.#broadcast(roomId, 'chatMessage', message, []);
      return message;
    }
    if (earlier?.roomId !== roomId || earlier.message.identity !== identity) {
      throw new AppError('conflict', 'This message id is taken');
    }
    return this.#named(roomId, earlier.message);
  }

  /** Gives an author who is in the room the name that the others see there. */
  #named(roomId: string, message: ChatMessage): ChatMessage {
    const name = this.#sessions.findStay(roomId, message.identity)?.ticket.name;
    return name === undefined ? message : { ...message, name };
  }
}
