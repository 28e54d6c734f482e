import type { ChatMessage } from '@balai/protocol';
import { Backstage } from './backstage.ts';
import type { ChatHistoryOptions, ChatHistoryPage, SendChatMessageOptions } from './chat.ts';
import type { ChatFileOptions, SendChatFileOptions } from './chat-files.ts';
import { newId } from './new-id.ts';

/** What a room has for its chat. */
export abstract class RoomChat extends Backstage {
  /**
   * Says something to everybody, or to one person alone. It also comes back as `chatMessage`.
   *
   * @param text 1 to 4,000 characters.
   * @throws ServerError for example `forbidden`, `invalid_request` or `rate_limited`.
   * @throws ConnectionError `not_connected`, `request_timeout`.
   */
  async sendChatMessage(text: string, options?: SendChatMessageOptions): Promise<ChatMessage> {
    return (await this.ask('chat.send', { messageId: newId(), text, ...options })).message;
  }

  /**
   * Changes a text of our own. Everybody hears it as `chatMessageUpdated`.
   *
   * @throws ServerError `not_found` where there is no such message, or no more; `conflict` for a file.
   * @throws ServerError, ConnectionError as {@link sendChatMessage}.
   */
  async editChatMessage(messageId: string, text: string): Promise<ChatMessage> {
    return (await this.ask('chat.edit', { messageId, text })).message;
  }

  /**
   * Takes back what we said, or, as host or moderator, what anybody did. Everybody
   * hears it as `chatMessageDeleted`.
   *
   * @throws ServerError, ConnectionError as {@link sendChatMessage}.
   */
  async deleteChatMessage(messageId: string): Promise<ChatMessage> {
    return (await this.ask('chat.delete', { messageId })).message;
  }

  /**
   * Sends a file to everybody. It comes back as `chatMessage`, with `file` telling what it is.
   *
   * @throws ServerError for example `payload_too_large`, `unsupported_file_type` or `forbidden`.
   * @throws ConnectionError `not_connected`, `request_timeout`, `connection_failed`, `cancelled`.
   */
  async sendChatFile(file: Blob, options?: SendChatFileOptions): Promise<ChatMessage> {
    return await (await this.awaitStay()).files.send(file, options);
  }

  /**
   * Fetches the file of a message. Show nothing of it in a page but pictures: it
   * is whatever somebody sent.
   *
   * @throws ServerError `not_found` where the message has none, or no more.
   * @throws ConnectionError as {@link sendChatFile}.
   */
  async getChatFile(messageId: string, options?: ChatFileOptions): Promise<Blob> {
    return await (await this.awaitStay()).files.get(messageId, options);
  }

  /**
   * Reads what was said in the room, before we came too.
   *
   * @throws ServerError, ConnectionError as {@link sendChatMessage}.
   */
  async getChatHistory(options: ChatHistoryOptions = {}): Promise<ChatHistoryPage> {
    return await this.ask('chat.history', { ...options });
  }
}
