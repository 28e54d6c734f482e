import type { DataKind, ParticipantId, TransportInfo } from '@balai/protocol';
import type { MediaPlane } from '../../src/media/media-plane.ts';
import { connectDataPipe, type DataPipe } from './data-pipe.ts';

const STREAM_IDS: { readonly [K in DataKind]: number } = { reliable: 0, lossy: 1 };

/** What a peer got, as the server passed it on. */
export interface ReceivedData {
  readonly kind: DataKind;
  readonly type: number;
  readonly sender: ParticipantId;
  readonly topic: string;
  readonly payload: Buffer;
}

/** A frame as a client sends it (SPEC 10.4). */
export function sentFrame(
  payload: string | Buffer,
  options: { readonly topic?: string; readonly destinations?: readonly ParticipantId[] } = {},
): Buffer {
  const { topic = '', destinations = [] } = options;
  return Buffer.concat([
    Buffer.from([0, destinations.length]),
    ...destinations.map(withLength),
    withLength(topic),
    Buffer.from(payload),
  ]);
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function readFrame(kind: DataKind, frame: Buffer): ReceivedData {
  const senderEnd = 2 + (frame[1] ?? 0);
  const topicEnd = senderEnd + 1 + (frame[senderEnd] ?? 0);
  return {
    kind,
    type: frame[0] ?? -1,
    sender: frame.toString('utf8', 2, senderEnd),
    topic: frame.toString('utf8', senderEnd + 1, topicEnd),
    payload: frame.subarray(topicEnd),
  };
}

/** Somebody in a room of a media plane who sends and receives data and no media. */
export class DataPeer {
  readonly participantId: ParticipantId;
  readonly received: ReceivedData[] = [];
  readonly #plane: MediaPlane;
  readonly #pipes: DataPipe[] = [];
  #sending: DataPipe | undefined;
  #progress = Promise.withResolvers<void>();

  constructor(plane: MediaPlane, participantId: ParticipantId) {
    this.#plane = plane;
    this.participantId = participantId;
  }

  /** The payloads that came, as text. */
  get texts(): readonly string[] {
    return this.received.map(({ payload }) => payload.toString());
  }

  /** Opens both channels of the send transport. */
  async openSender(transport: TransportInfo | null): Promise<void> {
    this.#sending = await this.#connect(transport, [0, 1], () => undefined);
    for (const kind of ['reliable', 'lossy'] as const) {
      await this.#plane.openDataSender(this.participantId, kind, STREAM_IDS[kind]);
    }
  }

  /** Asks for data and opens both channels of the receive transport. */
  async openReceiver(transport: TransportInfo | null): Promise<void> {
    const { reliable, lossy } = await this.#plane.receiveData(this.participantId);
    await this.#connect(transport, [reliable.streamId, lossy.streamId], (streamId, message) => {
      const kind = streamId === reliable.streamId ? 'reliable' : 'lossy';
      this.received.push(readFrame(kind, message));
      this.#progress.resolve();
      this.#progress = Promise.withResolvers();
    });
  }

  /** Whether anything can be sent. */
  get isOpen(): boolean {
    return [...(this.#sending?.channels.values() ?? [])].some((channel) => channel.isOpen());
  }

  send(kind: DataKind, frame: Buffer): void {
    const channel = this.#sending?.channels.get(STREAM_IDS[kind]);
    if (channel === undefined) throw new Error('this peer has no sender');
    channel.sendMessageBinary(frame);
  }

  /** Waits until what came has this property. */
  async until(isSo: (peer: this) => boolean): Promise<void> {
    while (!isSo(this)) await this.#progress.promise;
  }

  close(): void {
    for (const pipe of this.#pipes) pipe.close();
  }

  async #connect(
    transport: TransportInfo | null,
    streamIds: readonly number[],
    onMessage: (streamId: number, message: Buffer) => void,
  ): Promise<DataPipe> {
    if (transport === null) throw new Error('this peer lacks a transport');
    const [first] = streamIds;
    const pipe = await connectDataPipe({
      transport,
      connectTransport: (dtlsParameters) =>
        this.#plane.connectTransport(this.participantId, transport.transportId, dtlsParameters),
      channels: streamIds.map((streamId) => ({
        streamId,
        isLossy: streamId !== first,
        onMessage: (message) => onMessage(streamId, message),
      })),
    });
    this.#pipes.push(pipe);
    return pipe;
  }
}
