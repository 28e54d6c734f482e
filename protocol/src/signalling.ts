import type { BreakoutEvents, BreakoutRequests } from './breakouts.ts';
import type { DataEvents, DataReception, DataRequests } from './data.ts';
import type { WireError } from './errors.ts';
import type {
  Identity,
  MessageId,
  ParticipantId,
  SubscriptionId,
  TrackId,
  TransportId,
} from './ids.ts';
import type {
  Attributes,
  ChatMessage,
  DisconnectReason,
  Grants,
  ParticipantInfo,
  ParticipantRole,
  RoomInfo,
  Subscription,
  Timestamp,
  TrackInfo,
  TrackSource,
  TransportInfo,
  VideoCodec,
} from './models.ts';
import type { ModerationEvents, ModerationRequests } from './moderation.ts';
import type { DtlsParameters, IceParameters, RtpCapabilities, RtpParameters } from './rtp.ts';

/** Version of this contract. Raised when an old client would misunderstand a new server. */
export const PROTOCOL_VERSION = 1;

/** Path of the signalling endpoint on the server. */
export const SIGNALLING_PATH = '/signal';

/** What the client says as the socket opens (Socket.IO's `auth`). */
export interface Handshake {
  readonly protocol: number;
  /** Room token, from `POST /v1/rooms/:id/join`. */
  readonly token: string;
  /** What the client can receive; without codecs it receives nothing. */
  readonly rtpCapabilities: RtpCapabilities;
  /** Receive data from the start, as after `data.subscribe`. */
  readonly receivesData?: boolean | undefined;
  /** For the server's log. */
  readonly sdk: { readonly name: string; readonly version: string };
  /** Whether the client comes back after a lost socket. Default: a socket that closes ends the stay. */
  readonly canResume?: boolean | undefined;
  /** Whether the client follows `mediaMoving`. Default: where its media has to move, its stay ends. */
  readonly canMove?: boolean | undefined;
  /** Goes on with a stay whose socket was lost, in place of joining. */
  readonly resume?: Resume | undefined;
}

/** Which stay goes on, and from where. */
export interface Resume {
  /** Of `self` in `joined`. */
  readonly participantId: ParticipantId;
  /** The cursor: how many messages came in this stay, `joined` and `recovered` not counted. */
  readonly received: number;
  /**
   * Whether the client takes a snapshot with `recovered`. Default: the stay goes on only with the
   * server process that it began with.
   */
  readonly takesSnapshot?: boolean | undefined;
}

/** A track that a client begins to send. */
export interface PublishParams {
  /**
   * Chosen by the client, unique within its stay. A repeated `track.publish`
   * with the same value returns the same track.
   */
  readonly clientTrackId: string;
  readonly source: TrackSource;
  readonly name: string;
  readonly isMuted: boolean;
  readonly width: number;
  readonly height: number;
  readonly rtpParameters: RtpParameters;
  /** While the client's media moves: the track of its own, of the same source, whose place it takes. */
  readonly replaces?: TrackId | undefined;
}

/** What a client wants of one subscription. */
export interface SubscriptionUpdate {
  readonly subscriptionId: SubscriptionId;
  /** False: send nothing of it. Default true. */
  readonly isWanted?: boolean | undefined;
  /** Of the largest place where it is shown, in device pixels; a picture as large or smaller will do. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** The most frames per second that are of use. */
  readonly frameRate?: number | undefined;
  /** 1 to 255, default 1: when bandwidth is short, the higher keeps its picture longer. */
  readonly priority?: number | undefined;
}

/**
 * Whether a subscription that the client wants flows, or is paused: withheld by
 * the server, for want of bandwidth or because others come first in the room.
 */
export type StreamState = 'active' | 'paused';

/** How well a participant is connected, from the best to the worst. The names are livekit-client's. */
export type ConnectionQuality = 'excellent' | 'good' | 'poor' | 'lost';

/** Somebody who speaks, and how loud. */
export interface Speaker {
  readonly participantId: ParticipantId;
  /** The amplitude, from 0 to 1: half as much is 6 dB less. */
  readonly level: number;
}

/** The most that anybody receives of a published track. */
export interface NeededLayer {
  readonly trackId: TrackId;
  /** Counted from 0, the smallest picture; null: nobody receives anything. */
  readonly spatialLayer: number | null;
  /** Counted from 0, the fewest frames; absent: all of them. */
  readonly temporalLayer?: number | undefined;
}

/** Everything a client can ask for while it is in a room. */
export interface Requests extends DataRequests, ModerationRequests, BreakoutRequests {
  'transport.connect': {
    params: { readonly transportId: TransportId; readonly dtlsParameters: DtlsParameters };
    result: null;
  };
  'transport.restartIce': {
    params: { readonly transportId: TransportId };
    result: { readonly iceParameters: IceParameters };
  };
  /** The transport of a direction that the client may use by now, and had none for when it came. */
  'transport.open': {
    params: { readonly direction: 'send' | 'receive' };
    result: TransportInfo;
  };
  /** The client sends and receives over what `mediaMoving` offered: what was before may end. */
  'media.moved': { params: { readonly moveId: string }; result: null };
  'track.publish': { params: PublishParams; result: { readonly trackId: TrackId } };
  'track.unpublish': { params: { readonly trackId: TrackId }; result: null };
  'track.setMuted': {
    params: { readonly trackId: TrackId; readonly isMuted: boolean };
    result: null;
  };
  'subscriptions.start': {
    params: { readonly subscriptionIds: readonly SubscriptionId[] };
    result: null;
  };
  /** What the client wants of its subscriptions from now on. What an update leaves out stays as it was. */
  'subscriptions.update': {
    params: { readonly updates: readonly SubscriptionUpdate[] };
    result: null;
  };
  'chat.send': {
    params: {
      readonly messageId: MessageId;
      readonly text: string;
      /** Members whom it calls by name: who of them is not there is notified. */
      readonly mentions?: readonly Identity[] | undefined;
      /** The only one who gets it, beside its author. Absent: everybody. */
      readonly to?: Identity | undefined;
    };
    result: { readonly message: ChatMessage };
  };
  'chat.edit': {
    params: { readonly messageId: MessageId; readonly text: string };
    result: { readonly message: ChatMessage };
  };
  'chat.delete': {
    params: { readonly messageId: MessageId };
    result: { readonly message: ChatMessage };
  };
  'chat.history': {
    params: {
      /** Cursor of an earlier answer; absent for the newest page. */
      readonly before?: string | undefined;
      /** 1 to 100; default 50. */
      readonly limit?: number | undefined;
    };
    result: {
      /** Oldest first. */
      readonly messages: readonly ChatMessage[];
      /** Asks for the page before this one; null on the first page. */
      readonly before: string | null;
    };
  };
  /** What the client says of itself. What is absent stays; an attribute with an empty value goes. */
  'self.update': {
    params: {
      readonly name?: string | undefined;
      readonly metadata?: string | undefined;
      readonly attributes?: Attributes | undefined;
    };
    result: null;
  };
  /** A new room token, for the REST API and for joining again. */
  'room.token': {
    params: Record<string, never>;
    result: { readonly token: string; readonly tokenExpiresAt: Timestamp };
  };
  'room.leave': { params: Record<string, never>; result: null };
}

/** Name of something that a client can ask for. */
export type Method = keyof Requests;
/** What a request carries. */
export type Params<M extends Method> = Requests[M]['params'];
/** What a request brings back. */
export type Result<M extends Method> = Requests[M]['result'];

/** How a request is acknowledged. */
export type Reply<M extends Method> =
  | { readonly ok: true; readonly result: Result<M> }
  | { readonly ok: false; readonly error: WireError };

/** What changed in the room, from everybody's view. */
export type RoomChange =
  | { readonly type: 'participantJoined'; readonly participant: ParticipantInfo }
  | {
      readonly type: 'participantLeft';
      readonly participantId: ParticipantId;
      readonly reason: DisconnectReason;
    }
  | { readonly type: 'trackPublished'; readonly track: TrackInfo }
  | {
      readonly type: 'trackUnpublished';
      readonly participantId: ParticipantId;
      readonly trackId: TrackId;
    }
  | {
      readonly type: 'trackMuted';
      readonly participantId: ParticipantId;
      readonly trackId: TrackId;
      readonly isMuted: boolean;
    }
  | {
      readonly type: 'roleChanged';
      readonly participantId: ParticipantId;
      readonly role: ParticipantRole;
    }
  /** What is absent is as it was. */
  | {
      readonly type: 'participantUpdated';
      readonly participantId: ParticipantId;
      readonly name?: string | undefined;
      readonly metadata?: string | undefined;
      /** All of them. */
      readonly attributes?: Attributes | undefined;
    }
  | {
      readonly type: 'handChanged';
      readonly participantId: ParticipantId;
      /** Null: the hand is down. */
      readonly raisedAt: Timestamp | null;
    }
  | { readonly type: 'roomUpdated'; readonly room: RoomInfo };

/** What the client's last stay in the room had, which ended without a goodbye of its own. */
export interface Resumed {
  readonly participantId: ParticipantId;
  /** What it published, as it was. */
  readonly tracks: readonly {
    readonly source: TrackSource;
    readonly name: string;
    readonly isMuted: boolean;
  }[];
  /** Whether the client had connected every transport. */
  readonly wasConnected: boolean;
}

/** The first message to a client that was let in: all that it needs for media to flow. */
export interface Joined {
  readonly room: RoomInfo;
  readonly self: ParticipantInfo;
  readonly grants: Grants;
  /** How long the stay lives on without a socket; 0 where it ends with it. */
  readonly graceMs: number;
  /** Null unless the person was here within the last 5 minutes, and did not leave. */
  readonly resumed: Resumed | null;
  /** Null without any publish grant and without the grant `data`. */
  readonly sendTransport: TransportInfo | null;
  /** Null without the subscribe grant. */
  readonly receiveTransport: TransportInfo | null;
  /** Everybody else. */
  readonly participants: readonly ParticipantInfo[];
  /** Ready to receive: media flows as soon as the receive transport is connected. */
  readonly subscriptions: readonly Subscription[];
  /** Null unless the handshake asked for it, and with the subscribe grant. */
  readonly dataReception: DataReception | null;
}

/**
 * How things are for a client that goes on with another server process than before: as in `joined`.
 * What the client knows otherwise has changed meanwhile.
 */
export type Snapshot = Pick<
  Joined,
  'room' | 'self' | 'grants' | 'participants' | 'subscriptions' | 'dataReception'
>;

/** Everything the server tells a client unasked. */
export interface ServerEvents extends DataEvents, ModerationEvents, BreakoutEvents {
  joined: (message: Joined) => void;
  /**
   * Instead of `joined`: the stay goes on. So many messages that the client missed follow first;
   * with a snapshot only those of them that it does not tell.
   */
  recovered: (message: {
    readonly missed: number;
    readonly snapshot?: Snapshot | undefined;
  }) => void;
  /** Instead of `joined`: why not. The socket closes next. */
  refused: (error: WireError) => void;
  /**
   * The client's media goes on somewhere else. It connects these transports beside those that it
   * has, publishes there what it publishes, and says `media.moved` when it receives over them.
   */
  mediaMoving: (message: {
    readonly moveId: string;
    /** Null where there was none before. */
    readonly sendTransport: TransportInfo | null;
    readonly receiveTransport: TransportInfo | null;
    /** Of the tracks that the client received until now: they flow once the transport is connected. */
    readonly subscriptions: readonly Subscription[];
    readonly dataReception: DataReception | null;
  }) => void;
  /** What happened in the room, in order. */
  changed: (message: { readonly changes: readonly RoomChange[] }) => void;
  /** Tracks that the client now gets. They flow after `subscriptions.start`. */
  subscribed: (message: { readonly subscriptions: readonly Subscription[] }) => void;
  unsubscribed: (message: { readonly subscriptionIds: readonly SubscriptionId[] }) => void;
  /** Which of the subscriptions flow, as far as that changed. All of them do at first. */
  streamStates: (message: {
    readonly states: readonly {
      readonly subscriptionId: SubscriptionId;
      readonly state: StreamState;
    }[];
  }) => void;
  /** To a publisher: what its tracks have to be sent in, as far as that changed. */
  layersNeeded: (message: { readonly layers: readonly NeededLayer[] }) => void;
  /**
   * To a publisher: somebody cannot receive this video. Everybody could receive it in these
   * codecs, of which it is to be published anew in the first that the client can send.
   */
  codecNeeded: (message: {
    readonly trackId: TrackId;
    readonly videoCodecs: readonly VideoCodec[];
  }) => void;
  /** Who speaks now, the loudest first; nobody else does. Told when that changes. */
  speakersChanged: (message: { readonly speakers: readonly Speaker[] }) => void;
  /** How well people are connected, as far as that changed. What was not told is not known. */
  qualitiesChanged: (message: {
    readonly qualities: readonly {
      readonly participantId: ParticipantId;
      readonly quality: ConnectionQuality;
    }[];
  }) => void;
  chatMessage: (message: ChatMessage) => void;
  /** A message that was told before says something else now. */
  chatMessageUpdated: (message: ChatMessage) => void;
  /** A message that was told before is gone; this is what is left of it. */
  chatMessageDeleted: (message: ChatMessage) => void;
  /** The client's own role is another one from now on, and so is what it may do. */
  roleChanged: (message: { readonly role: ParticipantRole; readonly grants: Grants }) => void;
  /** The stay is over. The socket closes next. */
  goodbye: (message: { readonly reason: DisconnectReason; readonly error?: WireError }) => void;
}

/** Name of something that the server tells unasked. */
export type ServerEvent = keyof ServerEvents;
/** What comes with it. */
export type ServerMessage<E extends ServerEvent> = Parameters<ServerEvents[E]>[0];

/** Socket.IO's map of what a client may emit, derived from {@link Requests}. */
export type ClientEvents = {
  [M in Method]: (params: Params<M>, reply: (reply: Reply<M>) => void) => void;
};
