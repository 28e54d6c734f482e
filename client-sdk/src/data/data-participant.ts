import type { ChatMessage } from '@balai/protocol';
import { Participant } from '../participants/participant.ts';
import type {
  ByteStreamInfo,
  ByteStreamWriter,
  DataPublishOptions,
  PerformRpcParams,
  RpcHandler,
  SendBytesOptions,
  SendFileOptions,
  SendTextOptions,
  StreamBytesOptions,
  TextStreamInfo,
} from './data-types.ts';
import type { RoomData } from './room-data.ts';

/** What of the room is here too. */
export interface RoomMessages {
  sendChatMessage(text: string): Promise<ChatMessage>;
  editChatMessage(messageId: string, text: string): Promise<ChatMessage>;
  registerRpcMethod(method: string, handler: RpcHandler): void;
  unregisterRpcMethod(method: string): void;
}

/** Ourselves, as one who sends data. */
export abstract class DataParticipant extends Participant {
  readonly #data: RoomData;
  readonly #room: RoomMessages;

  /** @internal */
  constructor(data: RoomData, room: RoomMessages) {
    super();
    this.#data = data;
    this.#room = room;
  }

  /** As `sendChatMessage` of the room. */
  sendChatMessage(text: string): Promise<ChatMessage> {
    return this.#room.sendChatMessage(text);
  }

  /** As `editChatMessage` of the room. */
  editChatMessage(editText: string, originalMessage: ChatMessage): Promise<ChatMessage> {
    return this.#room.editChatMessage(originalMessage.messageId, editText);
  }

  /** As `registerRpcMethod` of the room. */
  registerRpcMethod(method: string, handler: RpcHandler): void {
    this.#room.registerRpcMethod(method, handler);
  }

  /** As `unregisterRpcMethod` of the room. */
  unregisterRpcMethod(method: string): void {
    this.#room.unregisterRpcMethod(method);
  }

  /**
   * Sends a message of at most 60,000 bytes over a data channel; others get it as `dataReceived`.
   * Resolves when it is on its way: a reliable one waits while receivers are behind.
   *
   * @throws BalaiError `payload_too_large`, `not_connected`, `cancelled` when the stay ends.
   * @throws ServerError for example `forbidden`.
   */
  async publishData(data: Uint8Array, options: DataPublishOptions = {}): Promise<void> {
    await (await this.#data.use()).publish(data, options);
  }

  /**
   * Sends a text of at most 50,000 characters; others get it in the handler of its topic.
   *
   * @throws ServerError for example `forbidden`, `rate_limited`, `invalid_request`; ConnectionError.
   */
  async sendText(text: string, options: SendTextOptions = {}): Promise<TextStreamInfo> {
    return await (await this.#data.use()).sendText(text, options);
  }

  /**
   * Begins to send bytes, whose number need not be known. Others get them in the handler of the topic.
   *
   * @throws as `publishData`.
   */
  async streamBytes(options: StreamBytesOptions = {}): Promise<ByteStreamWriter> {
    return await (await this.#data.use()).streamBytes(options);
  }

  /**
   * Sends bytes. Resolves when the server has passed on all of them.
   *
   * @throws as `publishData`.
   */
  async sendBytes(bytes: Uint8Array, options: SendBytesOptions = {}): Promise<ByteStreamInfo> {
    const writer = await this.streamBytes({ ...options, totalSize: bytes.byteLength });
    await writer.write(bytes);
    await writer.close();
    return writer.info;
  }

  /**
   * Sends a file. Resolves when the server has passed on all of it.
   *
   * @throws as `publishData`.
   */
  async sendFile(file: File, options: SendFileOptions = {}): Promise<ByteStreamInfo> {
    return await (await this.#data.use()).sendFile(file, options);
  }

  /**
   * Calls a method of another participant.
   *
   * @returns what the method answers.
   * @throws RpcError with a code of `RpcError.ErrorCode`, or what the method threw.
   * @throws ConnectionError `not_connected`.
   */
  async performRpc(params: PerformRpcParams): Promise<string> {
    return await (await this.#data.use()).performRpc(params);
  }
}
