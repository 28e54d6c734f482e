import { type DataKind, LIMITS, type ServerMessage } from '@balai/protocol';
import { BalaiError, type ServerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import { reportFault } from '../report-fault.ts';
import { encode, FRAME, type ReceivedFrame, readFrame } from './data-frames.ts';
import { DataJunction } from './data-junction.ts';
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
import { handOver, IncomingStreams } from './incoming-streams.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import { Rpc } from './rpc.ts';

/** Messages of somebody whom we have not heard of yet: word of them comes another way. */
const MAX_EARLY_FRAMES = 100;
/** Who has not been heard of by then has gone. */
const EARLY_LIFETIME_MS = 30_000;

interface EarlyFrame {
  readonly kind: DataKind;
  readonly frame: ReceivedFrame;
  readonly until: number;
}

/** Data, texts and calls of one stay. */
export class StayData {
  #link: DataLink;
  readonly #surroundings: DataSurroundings;
  readonly #outlet: DataOutlet;
  readonly #outgoing: OutgoingStreams;
  readonly #incoming: IncomingStreams;
  readonly #rpc: Rpc;
  #early: EarlyFrame[] = [];
  readonly #junction = new DataJunction((kind, bytes) => this.#arrive(kind, readFrame(bytes)));
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
    return await this.#outgoing.begin(options, this.#destinations(options));
  }

  async sendFile(file: File, options: SendFileOptions): Promise<ByteStreamInfo> {
    return await this.#outgoing.sendFile(file, options, this.#destinations(options));
  }

  performRpc(params: PerformRpcParams): Promise<string> {
    return this.#rpc.perform(params);
  }

  /**
   * Begins to receive what comes over data channels. Never rejects.
   *
   * @param isBeside Beside what is received already, for some seconds.
   */
  async receive(isBeside = false): Promise<void> {
    const { request } = this.#link;
    const receiver = this.#link.receiver.current;
    if (!receiver || this.#isReceiving) return;
    this.#isReceiving = true;
    try {
      const reception = this.#link.reception ?? (await request('data.subscribe', {}));
      const take = this.#junction.open(isBeside);
      await receiver.receiveData(reception, take);
    } catch (error) {
      this.#isReceiving = false;
      const { retryAfterMs } = error as Partial<ServerError>;
      if (retryAfterMs) {
        setTimeout(async () => {
          await this.receive();
          // What came meanwhile is lost too.
          if (this.#isReceiving) this.#surroundings.onInterrupted();
        }, retryAfterMs);
      } else if (!this.#isClosed) {
        reportFault('data cannot be received', error);
      }
    }
  }

  /** What is sent and received goes over another link, beside the former one until `arrived`. */
  async move(link: DataLink): Promise<void> {
    this.#link = link;
    const isReceiving = this.#isReceiving;
    this.#isReceiving = false;
    await Promise.all([this.#outlet.move(link), isReceiving ? this.receive(true) : undefined]);
  }

  /** Nothing comes over the former link any more. */
  arrived(): void {
    this.#junction.settle();
  }

  /** The server says something. */
  take(message: DataMessage): void {
    if (message.event === 'dataClosed') this.#reopen(message.message);
    else if (message.event === 'textReceived') this.#hear(message.message);
    else if (message.event === 'rpcCalled') void this.#rpc.answer(message.message);
    else this.#rpc.settle(message.message);
  }

  /** Somebody came, or left. */
  meet(): void {
    const { findIdentity } = this.#surroundings;
    this.#incoming.interrupt((sender) => findIdentity(sender) !== undefined);
    const early = this.#early;
    this.#early = [];
    for (const { kind, frame, until } of early) this.#arrive(kind, frame, until);
  }

  close(): void {
    this.#isClosed = true;
    this.#outlet.close();
    this.#incoming.interrupt();
    this.#rpc.close();
  }

  #arrive(kind: DataKind, frame: ReceivedFrame, until = Date.now() + EARLY_LIFETIME_MS): void {
    const { findIdentity, onData } = this.#surroundings;
    const identity = findIdentity(frame.sender);
    if (frame.sender === '') {
      // The application's backend says it.
      onData(frame.payload, undefined, kind === 'reliable', frame.topic);
    } else if (identity === undefined) {
      const ofSame = this.#early.filter((one) => one.frame.sender === frame.sender);
      if (ofSame.length < MAX_EARLY_FRAMES && until > Date.now()) {
        this.#early.push({ kind, frame, until });
      }
    } else if (frame.type === FRAME.message) {
      onData(frame.payload, identity, kind === 'reliable', frame.topic);
    } else {
      this.#incoming.take(frame, identity);
    }
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

  #reopen({ direction, reason }: ServerMessage<'dataClosed'>): void {
    if (direction === 'send') {
      this.#outlet.reset();
      return;
    }
    this.#incoming.interrupt();
    this.#isReceiving = false;
    this.#link = { ...this.#link, reception: null };
    this.#surroundings.onInterrupted();
    if (reason !== 'forbidden') void this.receive();
  }

  /**
   * Null where it is for some, and none of them is there.
   *
   * @throws BalaiError `payload_too_large` for a topic that is too long.
   */
  #destinations(options: DataPublishOptions) {
    const { destinationIdentities: identities = [], topic = '' } = options;
    if (encode(topic).length > LIMITS.dataTopicBytes) throw new BalaiError('payload_too_large');
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
