import type {
  DataCloseReason,
  DataKind,
  DataReception,
  DtlsParameters,
  IceParameters,
  MediaKind,
  NeededLayer,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  RtpParameters,
  StreamState,
  Subscription,
  SubscriptionId,
  SubscriptionUpdate,
  TrackId,
  TransportId,
  TransportInfo,
  VideoCodec,
} from '@balai/protocol';
import type { Emitter } from '../kernel/emitter.ts';

/** Who joins which room, and what may be sent and received. */
export interface JoinMediaParams {
  readonly roomId: RoomId;
  readonly participantId: ParticipantId;
  /** What the participant can receive. */
  readonly rtpCapabilities: RtpCapabilities;
  readonly canPublish: boolean;
  readonly canSubscribe: boolean;
  /** Receive data from the start, as after `receiveData`; nothing without `canSubscribe`. */
  readonly receivesData?: boolean | undefined;
  /** Bits per second that it is told to send at most, where that is less than what everybody is told. */
  readonly maxIncomingBitrateBps?: number;
  /** Tracks to deliver from the start; one that is gone by now is left out. */
  readonly subscribeTo: readonly TrackId[];
  /** Whether the room has people on other media nodes. Default false. */
  readonly isRoomElsewhere?: boolean | undefined;
}

/** What a participant connects to, and receives from the start. */
export interface JoinedMedia {
  readonly sendTransport: TransportInfo | null;
  readonly receiveTransport: TransportInfo | null;
  readonly subscriptions: readonly Subscription[];
  /** Null where it was not asked for. */
  readonly dataReception: DataReception | null;
}

/** What a participant begins to send. */
export interface PublishMediaParams {
  readonly participantId: ParticipantId;
  readonly kind: MediaKind;
  readonly rtpParameters: RtpParameters;
  readonly isMuted: boolean;
  /** Of the picture, in pixels; absent or 0 where unknown. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** A track that the router takes. */
export interface PublishedMedia {
  readonly trackId: TrackId;
  /** Of the first codec, for example `video/VP8`. */
  readonly mimeType: string;
}

/** Where a track is forwarded to, and as whose. */
export interface ForwardTarget {
  readonly roomId: RoomId;
  readonly participantId: ParticipantId;
}

/** Data that nobody in the room sends. */
export interface SendDataParams {
  readonly roomId: RoomId;
  readonly kind: DataKind;
  readonly topic: string;
  readonly payload: Buffer;
  /** Empty: everybody. */
  readonly destinations: readonly ParticipantId[];
}

/** Which way media goes, as the participant sees it. */
export type Direction = 'send' | 'receive';

/** How busy one worker is. */
export interface WorkerLoad {
  /** Operating-system process id. */
  readonly pid: number;
  /** Its place among the workers, from 0: another one takes it when it dies. */
  readonly slot: number;
  /** How many workers died in this place before it. */
  readonly restarts: number;
  /** Of its process, resident; 0 before it was measured. */
  readonly memoryBytes: number;
  /** Rooms, or parts of them. */
  readonly routers: number;
  /** To clients. */
  readonly transports: number;
  /** Tracks on their way to clients. */
  readonly consumers: number;
  /** Tracks that come from other workers, each for all subscribers of one room here. */
  readonly pipes: number;
  /** Share of one core that it took over the last second. */
  readonly cpuShare: number;
  /** What placement goes by: what was measured, and what is expected of those who came since. 1 is all. */
  readonly share: number;
  /** Newcomers go elsewhere where they can. */
  readonly isBusy: boolean;
  /** From and to clients, in bits per second: of each transport as it was in the last half minute. */
  readonly incomingBps: number;
  readonly outgoingBps: number;
}

/** How loud a track is. */
export interface AudioLevel {
  readonly trackId: TrackId;
  /** In dBov, from -127 to 0, the loudest that there is. */
  readonly volumeDb: number;
}

/** How one direction of a participant's media does. What is not known is null. */
export interface LineSample {
  /** From 0, nothing comes, to 10: of the track that fares worst, repaired losses taken into account. */
  readonly score: number;
  /** Share of the packets of late that were lost, from 0 to 1. */
  readonly loss: number | null;
  /** Of audio. */
  readonly jitterMs: number | null;
  readonly roundTripMs: number | null;
}

/** How a participant's line does. */
export interface LineMeasurement {
  /** Whether it answers on every transport that was connected. */
  readonly isReachable: boolean;
  /** What it sends; null where there is nothing to judge by. */
  readonly send: LineSample | null;
  /** What it receives, as it reports itself. */
  readonly receive: LineSample | null;
}

/** Facts that nobody asked for. */
export type MediaPlaneEvents = {
  /**
   * The worker that carried these people of a room died, and their transports, tracks and
   * subscriptions with it, and what others had subscribed to of them. Each may `join` again.
   */
  mediaLost: { readonly roomId: RoomId; readonly participantIds: readonly ParticipantId[] };
  /** ICE or DTLS of a transport was given up: the participant cannot be reached over it. */
  transportFailed: { readonly participantId: ParticipantId; readonly transportId: TransportId };
  /**
   * The plane begins or ceases to withhold subscriptions that the participant wants. What
   * is not told of flows. Comes after the participant has connected to receive.
   */
  streamsChanged: {
    readonly participantId: ParticipantId;
    readonly states: readonly {
      readonly subscriptionId: SubscriptionId;
      readonly state: StreamState;
    }[];
  };
  /**
   * A participant's video has to be sent in more than until now, or has not had to be sent
   * in as much for some seconds. A track that was just published is sent in all it has.
   */
  layersNeeded: { readonly participantId: ParticipantId; readonly needed: NeededLayer };
  /**
   * Somebody was to receive a participant's video and does not know its codec. In these
   * everybody in the room could receive it.
   */
  codecNeeded: {
    readonly participantId: ParticipantId;
    readonly trackId: TrackId;
    readonly videoCodecs: readonly VideoCodec[];
  };
  /**
   * Who is heard in a room, some times a second while anybody is, the loudest first, and once
   * with nobody when it becomes quiet. Covers the last quarter of a second of what
   * was sent, whether anybody receives it or not. Very quiet tracks are left out.
   */
  audioLevels: { readonly roomId: RoomId; readonly levels: readonly AudioLevel[] };
  /**
   * How a participant's line does: soon after it changed, at most every 2 s, and else
   * every 20 s.
   */
  lineMeasured: LineMeasurement & { readonly participantId: ParticipantId };
  /** A participant's data ended one way, and nobody asked for that. It may be opened again. */
  dataClosed: {
    readonly participantId: ParticipantId;
    readonly direction: 'send' | 'receive';
    readonly reason: DataCloseReason;
  };
};

/**
 * The media of rooms, behind ids: routers, transports, tracks and
 * subscriptions. Knows nothing of users, grants or sockets. Every method is one
 * command that could travel to another machine.
 *
 * Methods throw AppError: `media_unavailable` when no worker can do it now, and
 * for a participant that has no media here, because it left or its worker was
 * lost; `transport_not_found`, `track_not_found` and `subscription_not_found`
 * for an id that the participant does not own; `unsupported_media` for RTP
 * parameters that the router refuses; `timeout` when a worker hangs.
 *
 * Parameters must have been checked for types and ranges before they come here:
 * whole numbers above all. One that cannot be written in the form in which
 * workers are told things makes its worker deaf to everything after it.
 */
export interface MediaPlane {
  readonly events: Emitter<MediaPlaneEvents>;

  /** What routers can take; the same for every room. */
  getRouterCapabilities(): RtpCapabilities;

  /**
   * Gives a participant its transports and first subscriptions, on a worker of the
   * room with space for it, or on another one: then the room is on both.
   * All or nothing: a failure leaves no transport behind. `conflict` for a
   * participant that has joined; `media_unavailable` for one that left meanwhile.
   */
  join(params: JoinMediaParams): Promise<JoinedMedia>;

  /** Closes everything of a participant. Idempotent; the room closes with its last one. */
  leave(participantId: ParticipantId): Promise<void>;

  /**
   * Makes the transport for a direction in which the participant had none. One that is
   * there is answered as it is.
   */
  openTransport(participantId: ParticipantId, direction: Direction): Promise<TransportInfo>;

  /** Starts DTLS. Repeating it is harmless. */
  connectTransport(
    participantId: ParticipantId,
    transportId: TransportId,
    dtlsParameters: DtlsParameters,
  ): Promise<void>;

  restartIce(participantId: ParticipantId, transportId: TransportId): Promise<IceParameters>;

  /** Needs a send transport: else `transport_not_found`. */
  publish(params: PublishMediaParams): Promise<PublishedMedia>;

  /** Ends a track and every subscription to it. Repeating it is harmless. */
  unpublish(participantId: ParticipantId, trackId: TrackId): Promise<void>;

  /** A muted track's media is dropped where it arrives. */
  setMuted(participantId: ParticipantId, trackId: TrackId, isMuted: boolean): Promise<void>;

  /**
   * Lets a participant's track be subscribed to in another room too, as a track of somebody
   * there who need not have joined. It has an id of its own, is muted with its source, and
   * ends with it, and with the media of either room. `track_not_found` also for a room
   * that has no media here.
   */
  forwardTrack(
    participantId: ParticipantId,
    trackId: TrackId,
    to: ForwardTarget,
  ): Promise<PublishedMedia>;

  /** Ends what `forwardTrack` began, by the id that it answered. Idempotent. */
  unforwardTrack(roomId: RoomId, trackId: TrackId): Promise<void>;

  /**
   * Delivers tracks to a participant, held back until `startSubscriptions`. A
   * track that is gone, already delivered, or in a codec that the participant
   * cannot receive, is left out of the answer. Needs a receive transport: else
   * `transport_not_found`.
   */
  subscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[],
  ): Promise<readonly Subscription[]>;

  /**
   * Delivers these tracks to a participant no longer. What is not delivered is passed
   * over. Needs a receive transport: else `transport_not_found`.
   *
   * @returns the subscriptions that ended.
   */
  unsubscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<readonly SubscriptionId[]>;

  /** Lets media flow. Subscriptions that ended meanwhile are passed over; one that never was starts none. */
  startSubscriptions(
    participantId: ParticipantId,
    subscriptionIds: readonly SubscriptionId[],
  ): Promise<void>;

  /**
   * Takes what a participant wants of its subscriptions: whether it is sent anything at
   * all, how large a picture, how many frames, and how important it is where the line does
   * not carry everything. What an update leaves out stays. Subscriptions that ended
   * meanwhile are passed over; one that never was changes none. Costs what it changes.
   */
  updateSubscriptions(
    participantId: ParticipantId,
    updates: readonly SubscriptionUpdate[],
  ): Promise<void>;

  /**
   * From now on only these tracks of a kind flow in a room, whatever their subscribers
   * want, and whatever is published later. Costs one command for each subscription that it
   * stops or starts. A room without media has all of its tracks allowed, and forgets this.
   */
  allowTracks(roomId: RoomId, kind: MediaKind, trackIds: readonly TrackId[] | 'all'): Promise<void>;

  /**
   * Of the tracks that a subscriber gave the same priority these come first where its line does
   * not carry everything, in this order; the others after them, in the order in which they were
   * subscribed to. A room without media forgets this. Costs nothing for who has all it wants.
   */
  preferTracks(roomId: RoomId, trackIds: readonly TrackId[]): Promise<void>;

  /**
   * Takes what a participant sends on a stream of its send transport, and passes it on to
   * everybody in the room who receives data and whom it is for. Repeating it is harmless;
   * `conflict` for a second stream of one kind. Needs a send transport: else `transport_not_found`.
   */
  openDataSender(participantId: ParticipantId, kind: DataKind, streamId: number): Promise<void>;
  /**
   * Settles when so many of the participant's reliable messages were passed on and their
   * receivers have caught up, or were given up. `timeout` where they did not arrive within
   * 10 s, `conflict` without an open sender.
   */
  flushData(participantId: ParticipantId, messages: number): Promise<void>;
  /**
   * From now on only data of these topics passes of what a participant sends, and
   * anything else is dropped without a word. Until it is told, everything passes.
   */
  limitData(participantId: ParticipantId, topics: readonly string[] | 'all'): Promise<void>;
  /** Takes nothing more of what a participant sends. Idempotent. */
  closeDataSender(participantId: ParticipantId): Promise<void>;
  /**
   * Delivers data to a participant from now on. Repeating it answers the same. Needs a
   * receive transport: else `transport_not_found`.
   */
  receiveData(participantId: ParticipantId): Promise<DataReception>;
  /** Delivers no more data to a participant. Idempotent. */
  stopData(participantId: ParticipantId): Promise<void>;
  /**
   * Passes data on to those of a room who receive data and whom it is for, as of a sender
   * without an id. Who is not there is passed over, and a room without media takes it as well.
   */
  sendData(params: SendDataParams): Promise<void>;
  /** One entry for each living worker. */
  getLoad(): Promise<readonly WorkerLoad[]>;

  /** Closes every room and stops the workers. Idempotent. */
  close(): Promise<void>;
}
