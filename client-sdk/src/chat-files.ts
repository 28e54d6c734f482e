import type { ChatMessage, RoomId } from '@balai/protocol';
import { newId } from './new-id.ts';
import { endpoint, invalidAnswer, isObject, requestFile, sendRequest } from './send-request.ts';
import type { SignalChannel } from './signalling/signal-channel.ts';

/** How a file is sent or fetched. */
export interface ChatFileOptions {
  /** Gives it up. */
  signal?: AbortSignal;
  /** For the whole file; default 300,000. */
  timeoutMs?: number;
}

/** How a file is sent. */
export interface SendChatFileOptions extends ChatFileOptions {
  /** What the others see and save it as, 1 to 255 characters. Default: the name of a `File`. */
  name?: string;
}

const DEFAULT_TIMEOUT_MS = 300_000;
const DEFAULT_NAME = 'file';

/** The files of a room's chat. They go over REST, in the name that one has in the room. */
export class ChatFiles {
  readonly #serverUrl: string;
  readonly #roomId: RoomId;
  readonly #request: SignalChannel['request'];

  constructor(serverUrl: string, roomId: RoomId, request: SignalChannel['request']) {
    this.#serverUrl = serverUrl;
    this.#roomId = roomId;
    this.#request = request;
  }

  async send(file: Blob, options: SendChatFileOptions = {}): Promise<ChatMessage> {
    const url = this.#urlOf(newId());
    url.searchParams.set('name', options.name ?? nameOf(file));
    const answer = await sendRequest(url, { method: 'PUT', file, ...(await this.#how(options)) });
    if (!isObject(answer) || typeof answer['messageId'] !== 'string') throw invalidAnswer();
    return answer as unknown as ChatMessage;
  }

  async get(messageId: string, options: ChatFileOptions = {}): Promise<Blob> {
    return await requestFile(this.#urlOf(messageId), {
      method: 'GET',
      ...(await this.#how(options)),
    });
  }

  /** Room tokens are good for minutes, and a stay lasts for hours: each request gets its own (SPEC 5.6). */
  async #how({ signal, timeoutMs = DEFAULT_TIMEOUT_MS }: ChatFileOptions) {
    const { token } = await this.#request('room.token', {});
    return { bearer: token, signal, timeoutMs };
  }

  #urlOf(messageId: string): URL {
    const [room, message] = [this.#roomId, messageId].map(encodeURIComponent);
    return endpoint(this.#serverUrl, `v1/rooms/${room}/files/${message}`);
  }
}

function nameOf(file: Blob): string {
  return file instanceof File && file.name !== '' ? file.name : DEFAULT_NAME;
}
