import type {
  DataKind,
  DataReception,
  NeededLayer,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Direction, JoinedMedia, JoinMediaParams, LineMeasurement } from '../media-plane.ts';
import type { PersonMedia } from '../node-media.ts';
import { ClientTransport } from './client-transport.ts';
import { MAX_FRAME_BYTES } from './data-frame.ts';
import type { DataOutlet } from './data-outlet.ts';
import { LOW_BYTES } from './data-receiver.ts';
import type { Estimator } from './layers/estimators.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { PublishedTrack } from './published-track.ts';
import { ReceiveMedia, type SubscriptionState } from './receive-media.ts';
import type { RoomMedia } from './room-media.ts';
import type { OpenRouter, RoomRouter } from './room-router.ts';
import { SendMedia } from './send-media.ts';

/** Bounds of each participant's transports. */
export interface TransportLimits {
  /** What a subscriber is sent before its bandwidth is known, in bits per second. */
  readonly initialOutgoingBitrateBps: number;
  /** What a publisher is told to send at most, all tracks together, in bits per second. */
  readonly maxIncomingBitrateBps: number;
  /** What a subscriber is sent at most, in bits per second; undefined: what its line carries. */
  readonly maxOutgoingBitrateBps: number | undefined;
  /** What finds the bandwidth of subscribers who receive video in layers. */
  readonly estimator: Estimator;
  /** See {@link ClientTransport}. */
  readonly iceGraceMs: number;
}

/** Whom a participant's media tells what nobody asked for. */
export interface MediaListeners {
  readonly failed: (transportId: TransportId) => void;
  readonly states: (states: readonly SubscriptionState[]) => void;
  readonly needed: (needed: NeededLayer) => void;
  /** Its line does better or worse than before. */
  readonly lineChanged: () => void;
  readonly fault: (error: unknown) => void;
}

/** Bytes that may wait in the worker for one receiver, all streams together. */
const MAX_WAITING_BYTES = 6 * 1024 * 1024;
/** And on one stream: what is lossy cannot take the place of what is reliable. */
const MAX_WAITING_STREAM_BYTES = 4 * 1024 * 1024;

/** The media of one participant: what it sends and what it receives. */
export class ParticipantMedia {
  readonly room: RoomMedia;
  readonly #params: JoinMediaParams;
  readonly #limits: TransportLimits;
  readonly #listeners: MediaListeners;
  readonly #transports = new Map<TransportId, ClientTransport>();
  #placing: Promise<RoomRouter> | undefined;
  #send: SendMedia | undefined;
  #receive: ReceiveMedia | undefined;
  #isClosed = false;

  /** Counts as somebody in the room until it is closed. */
  constructor(
    room: RoomMedia,
    params: JoinMediaParams,
    limits: TransportLimits,
    listeners: MediaListeners,
  ) {
    this.room = room;
    this.#params = params;
    this.#limits = limits;
    this.#listeners = listeners;
    room.admit(params.participantId);
  }

  /**
   * Makes what the participant may have. To be called once; after a failure,
   * `close` takes back what was made.
   *
   * @throws AppError `media_unavailable`.
   */
  async open(): Promise<JoinedMedia> {
    const { participantId, canPublish, canSubscribe, subscribeTo, isRoomElsewhere } = this.#params;
    this.#placing = this.room.place(participantId, { isReceiveOnly: !canPublish, isRoomElsewhere });
    const router = await this.#placing;
    const openRouter = await router.opened;
    const [send, receive] = await Promise.all([
      canPublish ? this.#createSend(router, openRouter) : undefined,
      canSubscribe ? this.#createReceive(router, openRouter) : undefined,
    ]);
    this.#send = send;
    this.#receive = receive;
    if (receive) this.room.addReceiver(receive);
    const [subscriptions = [], dataReception = null] = await Promise.all([
      receive?.subscribe(subscribeTo, false),
      receive && this.#params.receivesData ? this.receiveData() : undefined,
    ]);
    if (this.#isClosed) throw mediaUnavailable();
    return {
      sendTransport: send?.transport.toInfo() ?? null,
      receiveTransport: receive?.transport.toInfo() ?? null,
      subscriptions,
      dataReception,
    };
  }

  /**
   * Makes the transport of a direction that has none. One call for each direction at a time.
   *
   * @throws AppError `media_unavailable`.
   */
  async openTransport(direction: Direction): Promise<TransportInfo> {
    const router = await this.#getRouter();
    const openRouter = await router.opened;
    if (direction === 'send') {
      this.#send ??= await this.#createSend(router, openRouter);
      return this.#send.transport.toInfo();
    }
    if (this.#receive === undefined) {
      this.#receive = await this.#createReceive(router, openRouter);
      if (this.#isClosed) throw mediaUnavailable();
      this.room.addReceiver(this.#receive);
    }
    return this.#receive.transport.toInfo();
  }

  /** @throws AppError as `DataHub.openSender`; `transport_not_found` if it may not send. */
  async openDataSender(kind: DataKind, streamId: number): Promise<void> {
    const { transport } = this.getSend().transport;
    const place = { transport, outlet: await this.#getOutlet() };
    await this.room.hub.openSender(this.#params.participantId, place, kind, streamId);
  }

  /** @throws AppError as `DataHub.openReceiver`; `transport_not_found` if it may not receive. */
  async receiveData(): Promise<DataReception> {
    const { transport } = this.getReceive().transport;
    const place = { transport, outlet: await this.#getOutlet() };
    return await this.room.hub.openReceiver(this.#params.participantId, place);
  }

  /** @throws AppError `transport_not_found`. */
  getTransport(transportId: TransportId): ClientTransport {
    const transport = this.#transports.get(transportId);
    if (transport === undefined) throw new AppError('transport_not_found');
    return transport;
  }

  /** @throws AppError `transport_not_found` if it may not publish. */
  getSend(): SendMedia {
    if (this.#send === undefined) throw new AppError('transport_not_found');
    return this.#send;
  }

  /** @throws AppError `transport_not_found` if it may not subscribe. */
  getReceive(): ReceiveMedia {
    if (this.#receive === undefined) throw new AppError('transport_not_found');
    return this.#receive;
  }

  /** What there is of it now. */
  describe(): PersonMedia {
    const { participantId, rtpCapabilities, maxIncomingBitrateBps = null } = this.#params;
    return {
      roomId: this.room.roomId,
      rtpCapabilities,
      maxIncomingBitrateBps,
      sendTransport: this.#send?.transport.toInfo() ?? null,
      receiveTransport: this.#receive?.transport.toInfo() ?? null,
      trackIds: this.#send?.trackIds ?? [],
      subscriptions: this.#receive?.subscriptions ?? [],
      dataReception: this.room.hub.findReception(participantId) ?? null,
    };
  }

  /** How its line does. Costs two commands at most. */
  async measure(): Promise<LineMeasurement> {
    const [send = null, receive = null] = await Promise.all([
      this.#send?.measure(),
      this.#receive?.measure(),
    ]);
    const isReachable = [...this.#transports.values()].every(
      ({ transport }) => transport.iceState !== 'disconnected',
    );
    return { isReachable, send, receive };
  }

  /** Takes everything back, what is being made included. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#send?.close();
    this.#receive?.close();
    if (this.#receive) this.room.removeReceiver(this.#receive);
    for (const transport of this.#transports.values()) transport.close();
    this.room.hub.remove(this.#params.participantId);
    this.room.dismiss(this.#params.participantId);
  }

  async #getRouter(): Promise<RoomRouter> {
    if (this.#placing === undefined) throw mediaUnavailable();
    return await this.#placing;
  }

  async #getOutlet(): Promise<DataOutlet> {
    const router = await this.#getRouter();
    const outlet = await router.getOutlet();
    if (this.#isClosed) throw mediaUnavailable();
    return outlet;
  }

  async #createSend(router: RoomRouter, openRouter: OpenRouter): Promise<SendMedia> {
    const transport = await this.#createTransport(openRouter, 'send');
    try {
      await transport.transport.setMaxIncomingBitrate(
        Math.min(
          this.#limits.maxIncomingBitrateBps,
          this.#params.maxIncomingBitrateBps ?? Number.POSITIVE_INFINITY,
        ),
      );
    } catch (error) {
      throw toAppError(error, 'media_unavailable');
    }
    const { participantId } = this.#params;
    const { pipes } = router;
    return new SendMedia(transport, {
      add: (producer, size) => {
        const track = new PublishedTrack({
          participantId,
          producer,
          origin: {
            isAt: (other) => other === pipes,
            bringTo: (other, id) => other.bring(pipes, producer.id, id),
          },
          ...size,
          tellNeeded: this.#listeners.needed,
        });
        this.room.addTrack(track, router);
      },
      remove: (trackId) => this.room.removeTrack(trackId),
      scored: this.#listeners.lineChanged,
    });
  }

  async #createReceive(router: RoomRouter, openRouter: OpenRouter): Promise<ReceiveMedia> {
    const transport = await this.#createTransport(openRouter, 'receive');
    const { maxOutgoingBitrateBps, estimator } = this.#limits;
    try {
      if (maxOutgoingBitrateBps !== undefined) {
        await transport.transport.setMaxOutgoingBitrate(maxOutgoingBitrateBps);
      }
    } catch (error) {
      throw toAppError(error, 'media_unavailable');
    }
    const { room } = this;
    return new ReceiveMedia({
      transport,
      rtpCapabilities: this.#params.rtpCapabilities,
      estimator,
      findTrack: (trackId) => room.findTrack(trackId),
      incoming: router.incoming,
      tellStates: this.#listeners.states,
      tellUnreceivable: (track) => room.findCodecFor(track),
      tellScored: this.#listeners.lineChanged,
      tellFault: this.#listeners.fault,
    });
  }

  async #createTransport(
    { router, webRtcServer }: OpenRouter,
    direction: Direction,
  ): Promise<ClientTransport> {
    if (this.#isClosed) throw mediaUnavailable();
    try {
      const webRtcTransport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        initialAvailableOutgoingBitrate: Math.min(
          this.#limits.initialOutgoingBitrateBps,
          this.#limits.maxOutgoingBitrateBps ?? Number.POSITIVE_INFINITY,
        ),
        enableSctp: true,
        maxSendMessageSize: MAX_FRAME_BYTES,
        maxReceiveMessageSize: MAX_FRAME_BYTES,
        sctpSendBufferSize: MAX_WAITING_BYTES,
        sctpPerStreamSendQueueLimit: MAX_WAITING_STREAM_BYTES,
        sctpDefaultStreamBufferedAmountLowThreshold: LOW_BYTES,
      });
      webRtcTransport.on('sctpstatechange', (state) => {
        if (state === 'failed' || state === 'closed') {
          this.room.hub.fail(this.#params.participantId, direction);
        }
      });
      webRtcTransport.on('icestatechange', this.#listeners.lineChanged);
      const transport = new ClientTransport(webRtcTransport, this.#limits.iceGraceMs, () =>
        this.#listeners.failed(webRtcTransport.id),
      );
      this.#transports.set(transport.id, transport);
      if (!this.#isClosed) return transport;
      transport.close();
    } catch (error) {
      throw toAppError(error, 'media_unavailable');
    }
    throw mediaUnavailable();
  }
}
