import type { TransportId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { JoinedMedia, JoinMediaParams } from '../media-plane.ts';
import { ClientTransport } from './client-transport.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { ReceiveMedia } from './receive-media.ts';
import type { OpenRouter, RoomRouter } from './room-router.ts';
import { SendMedia } from './send-media.ts';

/** Bounds of each participant's transports. */
export interface TransportLimits {
  /** What a subscriber is sent before its bandwidth is known, in bits per second. */
  readonly initialOutgoingBitrateBps: number;
  /** What a publisher is told to send at most, all tracks together, in bits per second. */
  readonly maxIncomingBitrateBps: number;
  /** See {@link ClientTransport}. */
  readonly iceGraceMs: number;
}

/** The media of one participant: what it sends and what it receives. */
export class ParticipantMedia {
  readonly room: RoomRouter;
  readonly #params: JoinMediaParams;
  readonly #limits: TransportLimits;
  readonly #tellFailure: (transportId: TransportId) => void;
  readonly #transports = new Map<TransportId, ClientTransport>();
  #send: SendMedia | undefined;
  #receive: ReceiveMedia | undefined;
  #isClosed = false;

  /** Counts as somebody in the room until it is closed. */
  constructor(
    room: RoomRouter,
    params: JoinMediaParams,
    limits: TransportLimits,
    tellFailure: (transportId: TransportId) => void,
  ) {
    this.room = room;
    this.#params = params;
    this.#limits = limits;
    this.#tellFailure = tellFailure;
    room.admit(params.participantId);
  }

  /**
   * Makes what the participant may have. To be called once; after a failure,
   * `close` takes back what was made.
   *
   * @throws AppError `media_unavailable`.
   */
  async open(): Promise<JoinedMedia> {
    const { canPublish, canSubscribe, subscribeTo } = this.#params;
    const openRouter = await this.room.opened;
    const [send, receive] = await Promise.all([
      canPublish ? this.#createSend(openRouter) : undefined,
      canSubscribe ? this.#createReceive(openRouter) : undefined,
    ]);
    this.#send = send;
    this.#receive = receive;
    const subscriptions = (await receive?.subscribe(subscribeTo, false)) ?? [];
    if (this.#isClosed) throw mediaUnavailable();
    return {
      sendTransport: send?.transport.toInfo() ?? null,
      receiveTransport: receive?.transport.toInfo() ?? null,
      subscriptions,
    };
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

  /** Takes everything back, what is being made included. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#send?.close();
    this.#receive?.close();
    for (const transport of this.#transports.values()) transport.close();
    this.room.dismiss(this.#params.participantId);
  }

  async #createSend(openRouter: OpenRouter): Promise<SendMedia> {
    const transport = await this.#createTransport(openRouter);
    try {
      await transport.transport.setMaxIncomingBitrate(this.#limits.maxIncomingBitrateBps);
    } catch (error) {
      throw toAppError(error, 'media_unavailable');
    }
    const { participantId } = this.#params;
    return new SendMedia(transport, {
      add: (producer) => this.room.addTrack({ participantId, producer }),
      remove: (trackId) => this.room.removeTrack(trackId),
    });
  }

  async #createReceive(openRouter: OpenRouter): Promise<ReceiveMedia> {
    return new ReceiveMedia({
      transport: await this.#createTransport(openRouter),
      router: openRouter.router,
      rtpCapabilities: this.#params.rtpCapabilities,
      findTrack: (trackId) => this.room.findTrack(trackId),
    });
  }

  async #createTransport({ router, webRtcServer }: OpenRouter): Promise<ClientTransport> {
    if (this.#isClosed) throw mediaUnavailable();
    try {
      const webRtcTransport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        initialAvailableOutgoingBitrate: this.#limits.initialOutgoingBitrateBps,
      });
      const transport = new ClientTransport(webRtcTransport, this.#limits.iceGraceMs, () =>
        this.#tellFailure(webRtcTransport.id),
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
