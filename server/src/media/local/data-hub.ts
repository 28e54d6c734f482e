import type { DataCloseReason, DataKind, DataReception, ParticipantId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import { type Announcement, announcementFrame, type SentFrame, stampFrame } from './data-frame.ts';
import { Offences } from './data-offences.ts';
import { DataPace } from './data-pace.ts';
import { DataReceiver } from './data-receiver.ts';
import { DataSender } from './data-sender.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { TopicGate } from './topic-gate.ts';

/** Payload protocol identifier of binary messages (RFC 8831, section 8). */
const BINARY = 53;
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

/** Makes the hub of a router. It ends with the router. */
export async function openDataHub(
  router: types.Router,
  tellClosed: TellDataClosed,
): Promise<DataHub> {
  try {
    const transport = await router.createDirectTransport();
    const [reliable, lossy] = await Promise.all([
      transport.produceData({ label: 'reliable' }),
      transport.produceData({ label: 'lossy' }),
    ]);
    return new DataHub(transport, { reliable, lossy }, tellClosed);
  } catch (error) {
    throw toAppError(error, 'media_unavailable');
  }
}

/**
 * Where the data of a room goes through: each message comes here from its
 * sender's transport, and goes to the worker once, which copies it to those
 * whom it is for. What is one of them is its subchannel.
 */
export class DataHub {
  readonly #transport: types.DirectTransport;
  readonly #outlets: { readonly [K in DataKind]: types.DataProducer };
  readonly #tellClosed: TellDataClosed;
  readonly #senders = new Map<ParticipantId, DataSender>();
  readonly #receivers = new Map<ParticipantId, DataReceiver>();
  readonly #gates = new Map<ParticipantId, TopicGate>();
  readonly #conducts = new Map<ParticipantId, Conduct>();
  readonly #subchannels = new Set<number>();
  #nextSubchannel = 0;

  constructor(
    transport: types.DirectTransport,
    outlets: { readonly [K in DataKind]: types.DataProducer },
    tellClosed: TellDataClosed,
  ) {
    this.#transport = transport;
    this.#outlets = outlets;
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
    transport: types.Transport,
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
      const consumer = await this.#transport.consumeData({ dataProducerId: producer.id });
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
    const subchannels = [...new Set(destinations)].flatMap(
      (id) => this.#receivers.get(id)?.subchannel ?? [],
    );
    const isForNobody =
      this.#receivers.size === 0 || (destinations.length > 0 && subchannels.length === 0);
    if (!isForNobody) {
      this.#outlets[kind].send(announcementFrame(announcement), BINARY, subchannels);
    }
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
    transport: types.Transport,
  ): Promise<DataReception> {
    const present = this.#receivers.get(participantId);
    if (present !== undefined) return present.toReception();
    const { slowness } = this.#conductOf(participantId);
    refuseFor(slowness.waitMs());
    const subchannel = this.#takeSubchannel();
    try {
      const subchannels = [subchannel];
      const [reliable, lossy] = await Promise.all([
        transport.consumeData({ dataProducerId: this.#outlets.reliable.id, subchannels }),
        transport.consumeData({
          dataProducerId: this.#outlets.lossy.id,
          subchannels,
          ordered: false,
          maxPacketLifeTime: LOSSY_LIFETIME_MS,
        }),
      ]);
      const consumers = { reliable, lossy };
      const tellTooSlow = () => {
        if (this.#receivers.get(participantId) !== receiver) return;
        slowness.add();
        this.#closeReceiver(receiver, 'too_slow');
      };
      const { count } = slowness;
      const receiver = new DataReceiver(participantId, subchannel, consumers, count, tellTooSlow);
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

  #forward(senderId: ParticipantId, kind: DataKind, frame: SentFrame): readonly DataReceiver[] {
    if (this.#gates.get(senderId)?.admits(frame) === false) return [];
    const { destinations } = frame;
    const own = this.#receivers.get(senderId);
    const everybody = destinations.length === 0;
    const named: Iterable<DataReceiver> = everybody
      ? this.#receivers.values()
      : new Set(destinations.flatMap((id) => this.#receivers.get(id) ?? []));
    const receivers = [...named].filter((receiver) => receiver !== own);
    if (receivers.length === 0) return receivers;
    const subchannels = everybody ? [] : receivers.map(({ subchannel }) => subchannel);
    const stamped = stampFrame(senderId, frame);
    this.#outlets[kind].send(stamped, BINARY, subchannels, undefined, own?.subchannel);
    return receivers;
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
