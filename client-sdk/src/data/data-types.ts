import type { DataAttributes, Identity } from '@balai/protocol';

/** How a message of `publishData` travels. */
export interface DataPublishOptions {
  /** In order and complete (true), or at once and perhaps not at all (false, the default). */
  reliable?: boolean;
  /** Only these people get it. Default, and where it is empty: everybody else. */
  destinationIdentities?: readonly Identity[];
  /** At most 255 bytes; default empty. */
  topic?: string;
}

/** How a text is sent. */
export interface SendTextOptions {
  /** Which handler it is for, at most 255 bytes; default empty. */
  topic?: string;
  /** Default, and where it is empty: everybody else. */
  destinationIdentities?: readonly Identity[];
  /** At most 32, with names of 100 and values of 1,000 characters. */
  attributes?: DataAttributes;
}

/** How bytes are sent. */
export interface StreamBytesOptions extends SendTextOptions {
  /** Default empty. */
  name?: string;
  /** Default `application/octet-stream`. */
  mimeType?: string;
  /** In bytes, where it is known. */
  totalSize?: number;
}

/** How bytes that are there already are sent. */
export type SendBytesOptions = Omit<StreamBytesOptions, 'totalSize'>;

/** How a file is sent. */
export interface SendFileOptions extends SendTextOptions {
  /** Default: what the file says of itself. */
  mimeType?: string;
  /** Told how much has been sent, from 0 to 1. */
  onProgress?: (progress: number) => void;
}

/** What is known of a text. */
export interface TextStreamInfo {
  /** Names it; no two have the same. */
  readonly id: string;
  /** As the sender said; may be empty. */
  readonly topic: string;
  /** For example `text/plain`. */
  readonly mimeType: string;
  /** When it began, in milliseconds since 1970. */
  readonly timestamp: number;
  /** In bytes; undefined where it was not known in the beginning. */
  readonly size?: number | undefined;
  /** What the sender added. */
  readonly attributes: DataAttributes;
}

/** What is known of a stream of bytes before the first of them. */
export interface ByteStreamInfo extends TextStreamInfo {
  /** Of the file; may be empty. */
  readonly name: string;
}

/** A text that somebody sent. Iterating it yields the text in parts. */
export interface TextStreamReader extends AsyncIterable<string> {
  /** What is known before it is read. */
  readonly info: TextStreamInfo;
  /** The whole text. */
  readAll(): Promise<string>;
}

/**
 * Bytes that somebody sends. Iterating yields them as they come, once.
 *
 * Iterating and `readAll` throw BalaiError `stream_interrupted` when the sender leaves, gives up,
 * or data is lost before the end.
 */
export interface ByteStreamReader extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** What is known before the first byte. */
  readonly info: ByteStreamInfo;
  /** Told how much has come, from 0 to 1; undefined where the size is not known. */
  onProgress?: (progress: number | undefined) => void;
  /** Everything, in parts as they came: `new File(parts, name)` takes them. */
  readAll(): Promise<Uint8Array<ArrayBuffer>[]>;
}

/** A way to send bytes bit by bit. */
export interface ByteStreamWriter {
  /** What receivers are told before the first byte. */
  readonly info: ByteStreamInfo;
  /** Resolves when there is room for more. @throws BalaiError as `publishData`. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends it. Resolves when everything has been passed on. */
  close(): Promise<void>;
  /** Gives up: receivers get an error instead of the rest. */
  abort(): Promise<void>;
}

/** Who sent it. */
export interface StreamSender {
  /** Of a participant, who may have left since. */
  readonly identity: Identity;
}

/** What it throws, or rejects with, is reported to the console. */
export type TextStreamHandler = (
  reader: TextStreamReader,
  sender: StreamSender,
) => void | Promise<void>;
/** As {@link TextStreamHandler}. */
export type ByteStreamHandler = (
  reader: ByteStreamReader,
  sender: StreamSender,
) => void | Promise<void>;

/** A call of somebody's method. */
export interface PerformRpcParams {
  /** Who has the method. */
  destinationIdentity: Identity;
  /** The name under which it was registered. */
  method: string;
  /** At most 15 KiB in UTF-8; typically JSON. */
  payload: string;
  /** Milliseconds for the answer once the other side has the call; default 15,000. */
  responseTimeout?: number;
}

/** What a method is called with. */
export interface RpcInvocationData {
  /** Names the call. */
  readonly requestId: string;
  /** Who calls. */
  readonly callerIdentity: Identity;
  /** What the caller passes. */
  readonly payload: string;
  /** Milliseconds that the caller waits. */
  readonly responseTimeout: number;
}

/** Answers a call. What it throws reaches the caller where it is an `RpcError`. */
export type RpcHandler = (data: RpcInvocationData) => Promise<string>;
