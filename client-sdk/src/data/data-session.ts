import { type DataKind, type Identity, LIMITS, type ServerMessage } from '@balai/protocol';
import { BalaiError, ServerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import { reportFault } from '../report-fault.ts';
import { encode, FRAME, type ReceivedFrame, readFrame } from './data-frames.ts';
import type { DataLink, DataMessage, DataSurroundings } from './data-link.ts';
import { DataOutlet } from './data-outlet.ts';
import type {
  ByteStreamInfo,
  ByteStreamWriter,
  DataPublishOptions,
  PerformRpcParams,
  SendFileOptions,
  SendTextOptions,
  StreamBytesOptions,
  TextStreamInfo,
} from './data-types.ts';
import { handOver } from './hand-over.ts';
import { IncomingStreams } from './incoming-streams.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import { Rpc } from './rpc.ts';

/** Messages of people whom we have not heard of yet: word of them comes another way. */
const EARLY_FRAMES = { ofOne: 100, ofAll: 400, lifetimeMs: 30_000 };

interface EarlyFrame {
  readonly kind: DataKind;
  readonly frame: ReceivedFrame;
  readonly at: number;
}

/** Data, texts and calls of one stay. */
export class DataSession {
  #link: DataLink;
  readonly #surroundings: DataSurroundings;
  readonly #outlet: DataOutlet;
  readonly #outgoing: OutgoingStreams;
  readonly #incoming: IncomingStreams;
  readonly #rpc: Rpc;
  #early: EarlyFrame[] = [];
  #isReceiving = false;
  #isClosed = false;

  constructor(link: DataLink, surroundings: DataSurroundings) {
    this.#link = link;
    this.#surroundings = surroundings;
    this.#outlet = new DataOutlet(link);
    this.#outgoing = new OutgoingStreams(this.#outlet);
    this.#incoming = new IncomingStreams(surroundings.byteHandlers);
    this.#rpc = new Rpc(link.request, surroundings.rpcMethods);
  }

  async publish(payload: Uint8Array, options: DataPublishOptions): Promise<void> {
    const { reliable = false, topic = '' } = options;
    const destinations = this.#destinations(options);
    assertTopic(topic);
    if (!destinations) return;
    const kind = reliable ? 'reliable' : 'lossy';
    await this.#outlet.send(kind, FRAME.message, destinations, topic, payload);
  }

  async sendText(text: string, options: SendTextOptions): Promise<TextStreamInfo> {
    const { topic = '', attributes = {}, destinationIdentities = [] } = options;
    const textId = newId();
    const everybody = destinationIdentities.length === 0;
    await this.#link.request('text.send', {
      textId,
      topic,
      text,
      attributes,
      ...(everybody ? {} : { destinationIdentities }),
    });
    return textInfo(textId, topic, text, attributes, Date.now());
  }

  async streamBytes(options: StreamBytesOptions): Promise<ByteStreamWriter> {
    assertTopic(options.topic ?? '');
    return await this.#outgoing.begin(options, this.#destinations(options));
  }

  async sendFile(file: File, options: SendFileOptions): Promise<ByteStreamInfo> {
    assertTopic(options.topic ?? '');
    return await this.#outgoing.sendFile(file, options, this.#destinations(options));
  }

  performRpc(params: PerformRpcParams): Promise<string> {
    return this.#rpc.perform(params);
  }

  /** Begins to receive what comes over data channels. Never rejects. */
  async receive(): Promise<void> {
    const { receiver, request } = this.#link;
    if (!receiver || this.#isReceiving || this.#isClosed) return;
    this.#isReceiving = true;
    try {
      const reception = this.#link.reception ?? (await request('data.subscribe', {}));
      await receiver.receiveData(reception, (kind, bytes) => this.#arrive(kind, readFrame(bytes)));
    } catch (error) {
      this.#isReceiving = false;
      if (this.#isClosed) return;
      if (error instanceof ServerError && error.retryAfterMs) {
        setTimeout(() => void this.#receiveLate(), error.retryAfterMs);
      } else {
        reportFault('data cannot be received', error);
      }
    }
  }

  /** The server says something. */
  take(message: DataMessage): void {
    switch (message.event) {
      case 'dataClosed':
        this.#reopen(message.message);
        break;
      case 'textReceived':
        this.#hear(message.message);
        break;
      case 'rpcCalled':
        void this.#rpc.answer(message.message);
        break;
      case 'rpcAnswered':
        this.#rpc.settle(message.message);
        break;
    }
  }

  /** Somebody came, or left. */
  meet(): void {
    const { findIdentity } = this.#surroundings;
    this.#incoming.interrupt((sender) => findIdentity(sender) !== undefined);
    const early = this.#early;
    this.#early = [];
    for (const { kind, frame, at } of early) this.#arrive(kind, frame, at);
  }

  close(): void {
    this.#isClosed = true;
    this.#outlet.close();
    this.#incoming.interrupt();
    this.#rpc.close();
  }

  #arrive(kind: DataKind, frame: ReceivedFrame, at = Date.now()): void {
    const { findIdentity, onData } = this.#surroundings;
    const identity = findIdentity(frame.sender);
    if (identity === undefined) {
      this.#keepEarly({ kind, frame, at });
    } else if (frame.type === FRAME.message) {
      onData(frame.payload, identity, kind === 'reliable', frame.topic);
    } else {
      this.#incoming.take(frame, identity);
    }
  }

  #keepEarly(early: EarlyFrame): void {
    const { ofOne, ofAll, lifetimeMs } = EARLY_FRAMES;
    const kept = [...this.#early, early].filter(({ at }) => Date.now() - at < lifetimeMs);
    const isTooMuch =
      kept.length > ofAll ||
      kept.filter(({ frame }) => frame.sender === early.frame.sender).length > ofOne;
    this.#early = isTooMuch ? kept.slice(0, -1) : kept;
  }

  /** The server had us wait: what came meanwhile is lost too. */
  async #receiveLate(): Promise<void> {
    await this.receive();
    if (this.#isReceiving) this.#surroundings.onInterrupted();
  }

  #hear(message: ServerMessage<'textReceived'>): void {
    const { textId, topic, text, attributes, identity, sentAt } = message;
    const info = textInfo(textId, topic, text, attributes, Date.parse(sentAt));
    const reader = {
      info,
      readAll: async () => text,
      async *[Symbol.asyncIterator]() {
        yield text;
      },
    };
    handOver(topic, () => this.#surroundings.textHandlers.get(topic)?.(reader, { identity }));
  }

  #reopen({ direction }: ServerMessage<'dataClosed'>): void {
    if (direction === 'send') {
      this.#outlet.reset();
      return;
    }
    this.#incoming.interrupt();
    this.#isReceiving = false;
    this.#link = { ...this.#link, reception: null };
    this.#surroundings.onInterrupted();
    void this.receive();
  }

  /** Null where it is for some, and none of them is there. */
  #destinations(options: { readonly destinationIdentities?: readonly Identity[] }) {
    const identities = options.destinationIdentities ?? [];
    const sids = identities.flatMap((identity) => this.#surroundings.findSid(identity) ?? []);
    return identities.length > 0 && sids.length === 0 ? null : sids;
  }
}

function textInfo(
  id: string,
  topic: string,
  text: string,
  attributes: TextStreamInfo['attributes'],
  timestamp: number,
): TextStreamInfo {
  return { id, topic, mimeType: 'text/plain', timestamp, size: encode(text).length, attributes };
}

function assertTopic(topic: string): void {
  if (encode(topic).length > LIMITS.dataTopicBytes) throw new BalaiError('payload_too_large');
}
