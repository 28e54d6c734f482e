import type { ChatMessage, MessageId, RoomId, Timestamp } from '@balai/protocol';
import type { ChatHistoryOptions, ChatHistoryPage } from './chat.ts';
import { BalaiError } from './errors.ts';
import { reportFault } from './report-fault.ts';

/** Messages that are remembered as told. */
const MAX_KNOWN = 1_000;
const PAGE_MESSAGES = 100;
/** Who missed more than this has them read the history. */
const MAX_PAGES = 10;
/** Clocks of servers differ, and messages pass each other on their way to us. */
const SLACK_MS = 5_000;

/** Reads a page of the chat, as `Room.getChatHistory`. */
export type ReadHistory = (options: ChatHistoryOptions) => Promise<ChatHistoryPage>;

/** The messages of a room as they are told: none twice, and none lost while the room was. */
export class ChatFeed {
  readonly #tell: (message: ChatMessage) => void;
  readonly #known = new Set<MessageId>();
  #roomId: RoomId | undefined;
  /** When the latest known one was sent, and before any when we came. */
  #latestMs = 0;
  #joinedMs = 0;
  /** What arrives while something older is being looked up. */
  #held: ChatMessage[] = [];
  #lookups = 0;

  constructor(tell: (message: ChatMessage) => void) {
    this.#tell = tell;
  }

  /**
   * We come to a room, and what was said there before is not told; or we are back in the same
   * one, and what was said meanwhile is told. Never rejects.
   */
  async enter(
    { roomId, joinedAt, isBack }: { roomId: RoomId; joinedAt: Timestamp; isBack: boolean },
    read: ReadHistory,
  ): Promise<void> {
    if (isBack && roomId === this.#roomId) {
      await this.catchUp(read);
      return;
    }
    this.#roomId = roomId;
    this.#known.clear();
    this.#held = [];
    this.#joinedMs = Date.parse(joinedAt);
    this.#latestMs = this.#joinedMs;
  }

  /** A message has arrived. */
  hear(message: ChatMessage): void {
    if (this.#lookups > 0) this.#held.push(message);
    else this.#tellOnce(message);
  }

  /** Tells what was said while we were not there. What arrives meanwhile is told after it. Never rejects. */
  async catchUp(read: ReadHistory): Promise<void> {
    this.#lookups += 1;
    try {
      for (const message of await this.#findMissed(read)) this.#tellOnce(message);
    } catch (error) {
      // The room may be lost again; what is missed then is looked up the next time.
      if (!(error instanceof BalaiError)) reportFault('missed messages were not read', error);
    }
    this.#lookups -= 1;
    if (this.#lookups > 0) return;
    for (const message of this.#held.splice(0)) this.#tellOnce(message);
  }

  async #findMissed(read: ReadHistory): Promise<ChatMessage[]> {
    const from = Math.max(this.#joinedMs, this.#latestMs - SLACK_MS);
    const missed: ChatMessage[] = [];
    let before: string | undefined;
    for (let count = 0; count < MAX_PAGES; count += 1) {
      const page = await read({ limit: PAGE_MESSAGES, ...(before !== undefined && { before }) });
      const isNew = ({ messageId, sentAt, deletedAt }: ChatMessage) =>
        !this.#known.has(messageId) && deletedAt === null && Date.parse(sentAt) >= from;
      missed.unshift(...page.messages.filter(isNew));
      const [oldest] = page.messages;
      if (page.before === null || oldest === undefined || Date.parse(oldest.sentAt) < from) break;
      before = page.before;
    }
    return missed;
  }

  #tellOnce(message: ChatMessage): void {
    const { messageId, sentAt } = message;
    if (this.#known.has(messageId)) return;
    this.#known.add(messageId);
    const [first] = this.#known;
    if (this.#known.size > MAX_KNOWN && first !== undefined) this.#known.delete(first);
    this.#latestMs = Math.max(this.#latestMs, Date.parse(sentAt));
    this.#tell(message);
  }
}
