import type { ChatMessage, Params, Result } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import { CHAT_TOPIC, maySendData } from '../sessions/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Messages } from './messages.ts';

const DEFAULT_PAGE = 50;

/** The chat, for those who are in the room. */
export class Chat {
  readonly #messages: Messages;
  readonly #sessions: Pick<Sessions, 'recordArrival'>;
  /** What one participant says is stored in the order of saying it. */
  readonly #lines = new WeakMap<Stay, SerialQueue>();

  constructor(messages: Messages, sessions: Pick<Sessions, 'recordArrival'>) {
    this.#messages = messages;
    this.#sessions = sessions;
  }

  /**
   * Says something. Repeating it with the same id stores and tells nothing
   * again, and returns what was stored the first time.
   *
   * @throws AppError `forbidden` without the grant `data`; else as `Messages.send`.
   */
  send(stay: Stay, { messageId, text, mentions, to }: Params<'chat.send'>): Promise<ChatMessage> {
    return this.#speak(stay, ({ projectId, roomId, userId }) =>
      this.#messages.send(roomId, userId, {
        messageId,
        text,
        to,
        // Only accounts of this server get notifications.
        mentions: projectId === null ? (mentions ?? []) : [],
      }),
    );
  }

  /** Changes a text of one's own. @throws AppError `forbidden` without the grant `data`; else as `Messages.edit`. */
  edit(stay: Stay, { messageId, text }: Params<'chat.edit'>): Promise<ChatMessage> {
    return this.#speak(stay, ({ roomId, userId }) =>
      this.#messages.edit(roomId, userId, messageId, text),
    );
  }

  /** Takes a message away. @throws AppError as `Messages.remove`. */
  remove(stay: Stay, { messageId }: Params<'chat.delete'>): Promise<ChatMessage> {
    return this.#inLine(stay, ({ roomId, userId }) =>
      this.#messages.remove(roomId, userId, messageId),
    );
  }

  /**
   * One page of what was said in the room of the stay.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  async history(stay: Stay, params: Params<'chat.history'>): Promise<Result<'chat.history'>> {
    const { roomId, userId } = stay.ticket;
    await this.#sessions.recordArrival(stay);
    const { items, nextCursor } = await this.#messages.list(roomId, userId, {
      cursor: params.before ?? null,
      field: 'before',
      limit: params.limit ?? DEFAULT_PAGE,
    });
    return { messages: items.toReversed(), before: nextCursor };
  }

  async #speak<T>(stay: Stay, work: (ticket: Stay['ticket']) => Promise<T>): Promise<T> {
    if (!maySendData(stay.ticket.grants, CHAT_TOPIC)) {
      throw new AppError('forbidden', 'You may not write here');
    }
    return await this.#inLine(stay, work);
  }

  #inLine<T>(stay: Stay, work: (ticket: Stay['ticket']) => Promise<T>): Promise<T> {
    const line = this.#lines.get(stay) ?? new SerialQueue();
    this.#lines.set(stay, line);
    return line.run(async () => {
      if (stay.isOver) {
        throw new AppError('conflict', 'The stay is over');
      }
      await this.#sessions.recordArrival(stay);
      return await work(stay.ticket);
    });
  }
}
