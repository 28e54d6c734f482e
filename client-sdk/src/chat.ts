import type { ChatMessage, Identity } from '@balai/protocol';

/** How something is said. */
export interface SendChatMessageOptions {
  /** The only one, beside ourselves, who gets it. Default: everybody. */
  to?: Identity;
}

/** Which part of the chat to read. */
export interface ChatHistoryOptions {
  /** `before` of an earlier page; left out for the newest messages. */
  before?: string;
  /** 1 to 100; default 50. */
  limit?: number;
}

/** A page of the chat, oldest message first. */
export interface ChatHistoryPage {
  /** In the order in which they were said. */
  readonly messages: readonly ChatMessage[];
  /** Asks for the page before this one; null on the first. */
  readonly before: string | null;
}
