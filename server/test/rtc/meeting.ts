import { randomUUID } from 'node:crypto';
import type {
  ParticipantId,
  RoomId,
  RtpCapabilities,
  Subscription,
  TrackId,
} from '@balai/protocol';
import type { JoinedMedia, MediaPlane } from '../../src/media/media-plane.ts';
import { connectRtcClient, type RtcClient } from './rtc-client.ts';
import type { IceProtocol } from './rtp-pipe.ts';
import type { TrackSender, VideoOptions } from './track-sender.ts';

export interface AttendOptions {
  /** Default: the one room that all share who name none. */
  readonly roomId?: RoomId;
  readonly subscribeTo?: readonly TrackId[];
  readonly canPublish?: boolean;
  readonly canSubscribe?: boolean;
  readonly receivesData?: boolean;
  /** Default: everything that the router can send. */
  readonly rtpCapabilities?: RtpCapabilities;
  readonly protocol?: IceProtocol;
}

/** Somebody who joined with a connected client. */
export interface Attendee {
  readonly participantId: ParticipantId;
  readonly joined: JoinedMedia;
  readonly client: RtcClient;
}

export interface SentTrack {
  readonly trackId: TrackId;
  readonly sender: TrackSender;
}

/** People with real media clients in the rooms of a media plane. */
export class Meeting {
  readonly roomId: RoomId = randomUUID();
  readonly #plane: MediaPlane;
  readonly #clients: RtcClient[] = [];

  constructor(plane: MediaPlane) {
    this.#plane = plane;
  }

  /** Joins without a client: nothing connects. */
  async join(options: AttendOptions = {}): Promise<Omit<Attendee, 'client'>> {
    const participantId = randomUUID();
    const joined = await this.#plane.join({
      roomId: options.roomId ?? this.roomId,
      participantId,
      rtpCapabilities: options.rtpCapabilities ?? this.#plane.getRouterCapabilities(),
      canPublish: options.canPublish ?? true,
      canSubscribe: options.canSubscribe ?? true,
      receivesData: options.receivesData,
      subscribeTo: options.subscribeTo ?? [],
    });
    return { participantId, joined };
  }

  /** Joins and connects both transports. */
  async attend(options: AttendOptions = {}): Promise<Attendee> {
    const { participantId, joined } = await this.join(options);
    const client = await this.connect(participantId, joined, options.protocol);
    return { participantId, joined, client };
  }

  /** Connects the transports of somebody who joined. */
  async connect(
    participantId: ParticipantId,
    joined: JoinedMedia,
    protocol: IceProtocol = 'udp',
  ): Promise<RtcClient> {
    const client = await connectRtcClient({
      sendTransport: joined.sendTransport,
      receiveTransport: joined.receiveTransport,
      routerCapabilities: this.#plane.getRouterCapabilities(),
      connectTransport: (transportId, dtlsParameters) =>
        this.#plane.connectTransport(participantId, transportId, dtlsParameters),
      protocol,
    });
    this.#clients.push(client);
    return client;
  }

  /** Publishes a made-up track and sends it. */
  async publish(
    attendee: Attendee,
    type: 'audio' | 'video' | 'simulcast',
    isMuted = false,
    options: VideoOptions = {},
  ): Promise<SentTrack> {
    const sender = attendee.client.createTrack(type, options);
    const { trackId } = await this.#plane.publish({
      participantId: attendee.participantId,
      kind: sender.kind,
      rtpParameters: sender.rtpParameters,
      isMuted,
    });
    attendee.client.start(sender);
    return { trackId, sender };
  }

  /** Subscribes to tracks and lets them flow. */
  async receive(
    attendee: Attendee,
    tracks: readonly Pick<SentTrack, 'trackId'>[],
  ): Promise<readonly Subscription[]> {
    const { participantId } = attendee;
    const trackIds = tracks.map((track) => track.trackId);
    const subscriptions = await this.#plane.subscribe(participantId, trackIds);
    const subscriptionIds = subscriptions.map((subscription) => subscription.subscriptionId);
    await this.#plane.startSubscriptions(participantId, subscriptionIds);
    return subscriptions;
  }

  /** Closes every client. The plane stays. */
  close(): void {
    for (const client of this.#clients) client.close();
  }
}
