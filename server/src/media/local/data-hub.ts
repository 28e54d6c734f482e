import type { DataCloseReason, DataKind, DataReception, ParticipantId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import { type Announcement, announcementFrame, type SentFrame, stampFrame } from './data-frame.ts';
import { Offences } from './data-offences.ts';
import type { DataOutlet } from './data-outlet.ts';
import { DataPace } from './data-pace.ts';
import { DataReceiver } from './data-receiver.ts';
import { DataSender, type DataSink } from './data-sender.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { TopicGate } from './topic-gate.ts';

/** What is lossy is not sent any more when it is as old as this, in milliseconds. */
const LOSSY_LIFETIME_MS = 250;
/** Numbers that a subchannel can have. */
const SUBCHANNELS = 65_536;
/** A sender that breaks the rules is none by mistake of the network. */
const VIOLATIONS = {
  free: 0,
  firstWaitMs: 5_000,
  longestWaitMs: 300_000,
  forgottenMs: 900_000,
};
/** A receiver that is too slow made senders wait: a bad line does that once in a while. */
const SLOWNESS = {
  free: 1,
  firstWaitMs: 2_000,
  longestWaitMs: 60_000,
  forgottenMs: 300_000,
};

/** What is remembered of a participant, whatever it opens and closes. */
class Conduct {
  readonly pace = new DataPace();
  readonly violations = new Offences(VIOLATIONS);
  readonly slowness = new Offences(SLOWNESS);
}

/** Hears that data of a participant ended, and not because it left. */
export type TellDataClosed = (fact: {
  readonly participantId: ParticipantId;
  readonly direction: 'send' | 'receive';
  readonly reason: DataCloseReason;
}) => void;

/** The room on another node, as far as data goes. */
export interface DataRelay extends DataSink {
  /**
   * Passes data on to those of the room who are there.
   *
   * @param data.frame As receivers get it.
   * @param data.destinations Empty: everybody.
   */
  relay(
    kind: DataKind,
    data: { readonly frame: Buffer; readonly destinations: readonly ParticipantId[] },
  ): void;
}

/** The place of a participant: where it is connected, and where its worker is told of data. */
export interface DataPlace {
  readonly transport: types.Transport;
  /** Of the same router. */
  readonly outlet: DataOutlet;
}

/**
 * Where the data of a room goes through: each message comes here from its
 * sender's transport, and goes once to each worker on which there is somebody whom
 * it is for; the worker copies it to them. Which of them is told by its subchannel.
 */
export class DataHub {
  readonly #tellClosed: TellDataClosed;
  readonly #senders = new Map<ParticipantId, DataSender>();
  readonly #receivers = new Map<ParticipantId, DataReceiver>();
  readonly #relays = new Set<DataRelay>();
  readonly #gates = new Map<ParticipantId, TopicGate>();
  readonly #conducts = new Map<ParticipantId, Conduct>();
  readonly #subchannels = new Set<number>();
  #nextSubchannel = 0;

  constructor(tellClosed: TellDataClosed) {
    this.#tellClosed = tellClosed;
  }

  /**
   * Takes what a participant sends on a stream of its transport. Repeating it is harmless.
   *
   * @throws AppError `conflict` for a second stream of one kind, or a stream that is in use;
   * `rate_limited` for some time after a violation; `media_unavailable`.
   */
  async openSender(
    participantId: ParticipantId,
    { transport, outlet }: DataPlace,
    kind: DataKind,
    streamId: number,
  ): Promise<void> {
    const conduct = this.#conductOf(participantId);
    refuseFor(conduct.violations.waitMs());
    const sender = this.#senders.get(participantId) ?? this.#createSender(participantId, conduct);
    this.#senders.set(participantId, sender);
    const present = sender.findStreamId(kind);
    if (present === streamId) return;
    if (present !== undefined) {
      throw new AppError('conflict', `There is a ${kind} sender already`);
    }
    let producer: types.DataProducer | undefined;
    try {
      producer = await transport.produceData({
        sctpStreamParameters: { streamId, ordered: kind === 'reliable' },
      });
      const consumer = await outlet.consume(producer.id);
      if (producer.closed || this.#senders.get(participantId) !== sender) throw mediaUnavailable();
      sender.listen(kind, producer, consumer);
    } catch (error) {
      producer?.close();
      throw toAppError(error, 'conflict');
    }
  }

  /** @throws AppError `conflict` before `openSender`; as {@link DataSender.flush}. */
  async flush(participantId: ParticipantId, messages: number): Promise<void> {
    const sender = this.#senders.get(participantId);
    if (sender === undefined) throw new AppError('conflict', 'There is no open data channel');
    await sender.flush(messages);
  }

  /** Sends what is of nobody in the room. */
  announce(kind: DataKind, announcement: Announcement): void {
    const { destinations } = announcement;
    const receivers = this.#find(destinations);
    if (receivers.length === 0 && this.#relays.size === 0) return;
    const frame = announcementFrame(announcement);
    this.#send(kind, frame, receivers, destinations.length === 0);
    for (const relay of this.#relays) {
      relay.relay(kind, { frame, destinations });
      if (kind === 'reliable') relay.noteSent(frame.length);
    }
  }

  /** From now on what is sent here goes there too, once. What is for somebody goes to every node. */
  addRelay(relay: DataRelay): void {
    this.#relays.add(relay);
  }

  /** Idempotent. */
  removeRelay(relay: DataRelay): void {
    this.#relays.delete(relay);
  }

  /** What was sent on another node reaches those who are here. */
  deliver(kind: DataKind, { frame, destinations }: Parameters<DataRelay['relay']>[1]): void {
    const receivers = this.#find(destinations);
    this.#send(kind, frame, receivers, destinations.length === 0);
    if (kind === 'reliable') for (const receiver of receivers) receiver.noteSent(frame.length);
  }

  /** Waits until all receivers here have most of what they were sent, or were given up. Never rejects. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#receivers.values()].map((receiver) => receiver.catchUp()));
  }

  /** What the participant sends of other topics is dropped from now on. */
  limitSender(participantId: ParticipantId, topics: readonly string[] | 'all'): void {
    if (topics === 'all') this.#gates.delete(participantId);
    else this.#gates.set(participantId, new TopicGate(topics));
  }

  /** What was sent and is on its way is not passed on any more. Idempotent. */
  closeSender(participantId: ParticipantId): void {
    const sender = this.#senders.get(participantId);
    this.#senders.delete(participantId);
    sender?.close();
  }

  /**
   * Sends the participant what others send, from now on; what comes before its client is
   * ready waits in the worker.
   *
   * @throws AppError `rate_limited` for some time after it was too slow again; `media_unavailable`.
   */
  async openReceiver(
    participantId: ParticipantId,
    { transport, outlet }: DataPlace,
  ): Promise<DataReception> {
    const present = this.#receivers.get(participantId);
    if (present !== undefined) return present.toReception();
    const { slowness } = this.#conductOf(participantId);
    refuseFor(slowness.waitMs());
    const subchannel = this.#takeSubchannel();
    try {
      const subchannels = [subchannel];
      const [reliable, lossy] = await Promise.all([
        transport.consumeData({ dataProducerId: outlet.producerIdOf('reliable'), subchannels }),
        transport.consumeData({
          dataProducerId: outlet.producerIdOf('lossy'),
          subchannels,
          ordered: false,
          maxPacketLifeTime: LOSSY_LIFETIME_MS,
        }),
      ]);
      const connection = { outlet, subchannel, consumers: { reliable, lossy } };
      const tellTooSlow = () => {
        if (this.#receivers.get(participantId) !== receiver) return;
        slowness.add();
        this.#closeReceiver(receiver, 'too_slow');
      };
      const { count } = slowness;
      const receiver = new DataReceiver(participantId, connection, count, tellTooSlow);
      if (reliable.closed || this.#receivers.has(participantId)) {
        receiver.close();
        throw mediaUnavailable();
      }
      this.#receivers.set(participantId, receiver);
      return receiver.toReception();
    } catch (error) {
      this.#subchannels.delete(subchannel);
      throw toAppError(error, 'media_unavailable');
    }
  }

  /** How the participant receives data; undefined where it does not. */
  findReception(participantId: ParticipantId): DataReception | undefined {
    return this.#receivers.get(participantId)?.toReception();
  }

  /** Nothing more goes to the participant. Idempotent. */
  closeReceiver(participantId: ParticipantId): void {
    const receiver = this.#receivers.get(participantId);
    if (receiver !== undefined) this.#dropReceiver(receiver);
  }

  /** The association of a transport of the participant is gone. */
  fail(participantId: ParticipantId, direction: 'send' | 'receive'): void {
    if (direction === 'receive') {
      const receiver = this.#receivers.get(participantId);
      if (receiver !== undefined) this.#closeReceiver(receiver, 'failed');
    } else if (this.#senders.has(participantId)) {
      this.closeSender(participantId);
      this.#tellClosed({ participantId, direction, reason: 'failed' });
    }
  }

  /** The participant left, and its transports are closed. */
  remove(participantId: ParticipantId): void {
    this.closeSender(participantId);
    const receiver = this.#receivers.get(participantId);
    if (receiver !== undefined) this.#dropReceiver(receiver);
    this.#gates.delete(participantId);
    this.#conducts.delete(participantId);
  }

  #conductOf(participantId: ParticipantId): Conduct {
    const conduct = this.#conducts.get(participantId) ?? new Conduct();
    this.#conducts.set(participantId, conduct);
    return conduct;
  }

  #createSender(participantId: ParticipantId, { pace, violations }: Conduct): DataSender {
    const sender: DataSender = new DataSender(participantId, pace, {
      forward: (kind, frame) => this.#forward(participantId, kind, frame),
      tellViolation: () => {
        if (this.#senders.get(participantId) !== sender) return;
        violations.add();
        this.closeSender(participantId);
        this.#tellClosed({ participantId, direction: 'send', reason: 'protocol_violation' });
      },
    });
    return sender;
  }

  #forward(senderId: ParticipantId, kind: DataKind, frame: SentFrame): readonly DataSink[] {
    if (this.#gates.get(senderId)?.admits(frame) === false) return [];
    const { destinations } = frame;
    const own = this.#receivers.get(senderId);
    const receivers = this.#find(destinations).filter((receiver) => receiver !== own);
    if (receivers.length === 0 && this.#relays.size === 0) return receivers;
    const stamped = stampFrame(senderId, frame);
    this.#send(kind, stamped, receivers, destinations.length === 0, own);
    for (const relay of this.#relays) relay.relay(kind, { frame: stamped, destinations });
    return [...receivers, ...this.#relays];
  }

  /** Who receives data, or those of them who are named. */
  #find(destinations: readonly ParticipantId[]): readonly DataReceiver[] {
    if (destinations.length === 0) return [...this.#receivers.values()];
    return [...new Set(destinations.flatMap((id) => this.#receivers.get(id) ?? []))];
  }

  /** Tells each worker once. */
  #send(
    kind: DataKind,
    message: Buffer,
    receivers: readonly DataReceiver[],
    isForAll: boolean,
    own?: DataReceiver,
  ): void {
    for (const [outlet, some] of Map.groupBy(receivers, (receiver) => receiver.outlet)) {
      const subchannels = isForAll ? [] : some.map(({ subchannel }) => subchannel);
      outlet.send(kind, message, { subchannels, except: own?.subchannel });
    }
  }

  #closeReceiver(receiver: DataReceiver, reason: DataCloseReason): void {
    const { participantId } = receiver;
    if (this.#receivers.get(participantId) !== receiver) return;
    this.#dropReceiver(receiver);
    this.#tellClosed({ participantId, direction: 'receive', reason });
  }

  #dropReceiver(receiver: DataReceiver): void {
    this.#receivers.delete(receiver.participantId);
    this.#subchannels.delete(receiver.subchannel);
    receiver.close();
  }

  #takeSubchannel(): number {
    while (this.#subchannels.has(this.#nextSubchannel)) {
      this.#nextSubchannel = (this.#nextSubchannel + 1) % SUBCHANNELS;
    }
    const subchannel = this.#nextSubchannel;
    this.#subchannels.add(subchannel);
    this.#nextSubchannel = (subchannel + 1) % SUBCHANNELS;
    return subchannel;
  }
}

/** @throws AppError `rate_limited` where there is a wait. */
function refuseFor(retryAfterMs: number): void {
  if (retryAfterMs > 0) throw new AppError('rate_limited', undefined, { retryAfterMs });
}
