import { randomUUID } from 'node:crypto';
import type {
  DataKind,
  DataReception,
  MediaKind,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  RtpParameters,
  Subscription,
  SubscriptionId,
  SubscriptionUpdate,
  TrackId,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import { AppError } from '../../../kernel/app-error.ts';
import { Emitter } from '../../../kernel/emitter.ts';
import type { AdoptableMedia } from '../../../media/adoptable-media.ts';
import type {
  ForwardTarget,
  JoinedMedia,
  JoinMediaParams,
  MediaPlane,
  MediaPlaneEvents,
  PublishedMedia,
  PublishMediaParams,
  SendDataParams,
} from '../../../media/media-plane.ts';
import type { PersonMedia } from '../../../media/node-media.ts';
import { fakeTransport } from './fake-transport.ts';

type Command = Exclude<keyof MediaPlane, 'events' | 'getRouterCapabilities' | 'getLoad' | 'close'>;

interface FakeParticipant {
  readonly roomId: RoomId;
  readonly transports: Set<TransportId>;
  readonly tracks: Map<TrackId, PublishMediaParams>;
  readonly subscriptions: Map<SubscriptionId, TrackId>;
  /** What it was given as it joined. */
  readonly given: Omit<JoinedMedia, 'subscriptions'>;
}

/** A codec that every fake participant sends. */
export const FAKE_RTP_PARAMETERS: RtpParameters = {
  codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }],
  headerExtensions: [],
  encodings: [{ ssrc: 1 }],
  rtcp: {},
};

const FAKE_LOCATION = 'a node';

const FAKE_RECEPTION: DataReception = {
  reliable: { streamId: 0, ordered: true },
  lossy: { streamId: 1, ordered: false, maxPacketLifeTime: 250 },
};

/** A media plane without media: it keeps the books, holds commands back and fails on demand. */
export class FakeMediaPlane implements MediaPlane, AdoptableMedia {
  readonly events = new Emitter<MediaPlaneEvents>((error) => {
    throw error;
  });
  /** Every command that came, in order. */
  readonly commands: { readonly command: Command; readonly participantId: ParticipantId }[] = [];
  /** What was sent in nobody's name, in order. */
  readonly sentData: SendDataParams[] = [];
  readonly muted = new Set<TrackId>();
  readonly started = new Set<SubscriptionId>();
  readonly updates: SubscriptionUpdate[] = [];
  /** The rooms that tracks were forwarded to. */
  readonly forwarded = new Map<TrackId, RoomId>();
  /** What was allowed last, by room and kind. */
  readonly allowed = new Map<string, readonly TrackId[] | 'all'>();
  readonly connected = new Set<TransportId>();
  /** What data each participant may send, as far as that was said. */
  readonly topics = new Map<ParticipantId, readonly string[] | 'all'>();
  /** The tracks that come first, by room. */
  readonly preferred = new Map<RoomId, readonly TrackId[]>();
  /** Whose media one process took over, and let another one have. */
  readonly adopted: ParticipantId[] = [];
  readonly handedOn: ParticipantId[] = [];
  /** Set while everybody is on their way to another place. */
  isMoving = false;
  /** What was asked of every join. */
  readonly joins: JoinMediaParams[] = [];
  readonly dataSenders = new Map<ParticipantId, Set<DataKind>>();
  readonly #participants = new Map<ParticipantId, FakeParticipant>();
  readonly #gates = new Map<Command, Promise<void>>();
  readonly #failures = new Map<Command, Error>();

  /** Participants whose media is not freed. */
  get participantIds(): readonly ParticipantId[] {
    return [...this.#participants.keys()];
  }

  /** Commands of this kind wait, before they do anything, until the returned function is called. */
  hold(command: Command): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(command, promise);
    return () => {
      this.#gates.delete(command);
      resolve();
    };
  }

  /** The next command of this kind fails. */
  failNext(command: Command, error: Error): void {
    this.#failures.set(command, error);
  }

  /** As when the only worker of a room died. */
  loseRoom(roomId: RoomId): void {
    const isThere = (id: ParticipantId) => this.#participants.get(id)?.roomId === roomId;
    this.loseMedia(roomId, this.participantIds.filter(isThere));
  }

  /** As when the worker of these people died, and the room goes on with others. */
  loseMedia(roomId: RoomId, participantIds: readonly ParticipantId[]): void {
    for (const participantId of participantIds) {
      this.#participants.delete(participantId);
    }
    this.events.emit('mediaLost', { roomId, participantIds });
  }

  getRouterCapabilities(): RtpCapabilities {
    return { codecs: [], headerExtensions: [] };
  }

  async join(params: JoinMediaParams): Promise<JoinedMedia> {
    await this.#begin('join', params.participantId);
    this.joins.push(params);
    const transports = [params.canPublish, params.canSubscribe].map((isWanted) =>
      isWanted ? fakeTransport() : null,
    );
    const [sendTransport = null, receiveTransport = null] = transports;
    const dataReception = params.receivesData && receiveTransport ? FAKE_RECEPTION : null;
    this.#participants.set(params.participantId, {
      roomId: params.roomId,
      given: { sendTransport, receiveTransport, dataReception },
      transports: new Set(transports.flatMap((transport) => transport?.transportId ?? [])),
      tracks: new Map(),
      subscriptions: new Map(),
    });
    const subscriptions = this.#subscribe(params.participantId, params.subscribeTo);
    return { sendTransport, receiveTransport, subscriptions, dataReception };
  }

  locate(participantId: ParticipantId): string | undefined {
    const isThere = this.#participants.has(participantId) && !this.isMoving;
    return isThere ? FAKE_LOCATION : undefined;
  }

  async adopt(participantId: ParticipantId): Promise<PersonMedia> {
    this.adopted.push(participantId);
    const person = this.#participants.get(participantId);
    if (person === undefined) throw new AppError('media_unavailable');
    const { roomId, tracks, subscriptions, given } = person;
    return {
      ...given,
      roomId,
      rtpCapabilities: this.getRouterCapabilities(),
      maxIncomingBitrateBps: null,
      trackIds: [...tracks.keys()],
      subscriptions: [...subscriptions].flatMap(([subscriptionId, trackId]) =>
        this.#toSubscription(roomId, subscriptionId, trackId),
      ),
    };
  }

  handOn(participantId: ParticipantId): void {
    this.handedOn.push(participantId);
  }

  async leave(participantId: ParticipantId): Promise<void> {
    await this.#begin('leave', participantId);
    this.#participants.delete(participantId);
  }

  async openTransport(participantId: ParticipantId): Promise<TransportInfo> {
    await this.#begin('openTransport', participantId);
    const transport = fakeTransport();
    this.#get(participantId).transports.add(transport.transportId);
    return transport;
  }

  async connectTransport(participantId: ParticipantId, transportId: TransportId): Promise<void> {
    await this.#begin('connectTransport', participantId);
    this.#assertTransport(participantId, transportId);
    this.connected.add(transportId);
  }

  async restartIce(participantId: ParticipantId, transportId: TransportId) {
    await this.#begin('restartIce', participantId);
    this.#assertTransport(participantId, transportId);
    return { usernameFragment: randomUUID(), password: randomUUID() };
  }

  async publish(params: PublishMediaParams): Promise<PublishedMedia> {
    await this.#begin('publish', params.participantId);
    const trackId = randomUUID();
    this.#get(params.participantId).tracks.set(trackId, params);
    this.#note(trackId, params.isMuted);
    return { trackId, mimeType: params.rtpParameters.codecs[0]?.mimeType ?? '' };
  }

  async unpublish(participantId: ParticipantId, trackId: TrackId): Promise<void> {
    await this.#begin('unpublish', participantId);
    this.#assertTrack(participantId, trackId);
    this.#get(participantId).tracks.delete(trackId);
  }

  async setMuted(participantId: ParticipantId, trackId: TrackId, isMuted: boolean): Promise<void> {
    await this.#begin('setMuted', participantId);
    this.#assertTrack(participantId, trackId);
    this.#note(trackId, isMuted);
  }

  async forwardTrack(participantId: ParticipantId, trackId: TrackId, to: ForwardTarget) {
    await this.#begin('forwardTrack', participantId);
    this.#assertTrack(participantId, trackId);
    const forwardedId = randomUUID();
    this.forwarded.set(forwardedId, to.roomId);
    return { trackId: forwardedId, mimeType: 'video/VP8' };
  }

  async unforwardTrack(_roomId: RoomId, trackId: TrackId): Promise<void> {
    this.forwarded.delete(trackId);
  }

  async subscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[],
  ): Promise<readonly Subscription[]> {
    await this.#begin('subscribe', participantId);
    return this.#subscribe(participantId, trackIds);
  }

  async unsubscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<readonly SubscriptionId[]> {
    await this.#begin('unsubscribe', participantId);
    const { subscriptions } = this.#get(participantId);
    const ended = [...subscriptions].flatMap(([id, trackId]) =>
      trackIds === 'all' || trackIds.includes(trackId) ? [id] : [],
    );
    for (const id of ended) subscriptions.delete(id);
    return ended;
  }

  async startSubscriptions(
    participantId: ParticipantId,
    subscriptionIds: readonly SubscriptionId[],
  ): Promise<void> {
    await this.#begin('startSubscriptions', participantId);
    const { subscriptions } = this.#get(participantId);
    if (subscriptionIds.some((id) => !subscriptions.has(id))) {
      throw new AppError('subscription_not_found');
    }
    for (const id of subscriptionIds) {
      this.started.add(id);
    }
  }

  async openDataSender(participantId: ParticipantId, kind: DataKind): Promise<void> {
    await this.#begin('openDataSender', participantId);
    const senders = this.dataSenders.get(participantId) ?? new Set();
    this.dataSenders.set(participantId, senders.add(kind));
  }

  async flushData(participantId: ParticipantId): Promise<void> {
    await this.#begin('flushData', participantId);
  }

  async limitData(participantId: ParticipantId, topics: readonly string[] | 'all'): Promise<void> {
    await this.#begin('limitData', participantId);
    this.topics.set(participantId, topics);
  }

  async closeDataSender(participantId: ParticipantId): Promise<void> {
    await this.#begin('closeDataSender', participantId);
    this.dataSenders.delete(participantId);
  }

  async receiveData(participantId: ParticipantId): Promise<DataReception> {
    await this.#begin('receiveData', participantId);
    return FAKE_RECEPTION;
  }

  async stopData(participantId: ParticipantId): Promise<void> {
    await this.#begin('stopData', participantId);
  }

  async updateSubscriptions(
    participantId: ParticipantId,
    updates: readonly SubscriptionUpdate[],
  ): Promise<void> {
    await this.#begin('updateSubscriptions', participantId);
    const { subscriptions } = this.#get(participantId);
    if (updates.some(({ subscriptionId }) => !subscriptions.has(subscriptionId))) {
      throw new AppError('subscription_not_found');
    }
    this.updates.push(...updates);
  }

  async allowTracks(
    roomId: RoomId,
    kind: MediaKind,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<void> {
    this.#failIfAsked('allowTracks');
    this.allowed.set(`${roomId} ${kind}`, trackIds);
  }

  async preferTracks(roomId: RoomId, trackIds: readonly TrackId[]): Promise<void> {
    this.preferred.set(roomId, trackIds);
  }

  async sendData(params: SendDataParams): Promise<void> {
    this.sentData.push(params);
  }

  async getLoad() {
    return [];
  }

  async close(): Promise<void> {
    this.#participants.clear();
  }

  async #begin(command: Command, participantId: ParticipantId): Promise<void> {
    this.commands.push({ command, participantId });
    await this.#gates.get(command);
    this.#failIfAsked(command);
  }

  #failIfAsked(command: Command): void {
    const failure = this.#failures.get(command);
    if (failure !== undefined) {
      this.#failures.delete(command);
      throw failure;
    }
  }

  #subscribe(participantId: ParticipantId, trackIds: readonly TrackId[]): Subscription[] {
    const { roomId, subscriptions } = this.#get(participantId);
    const delivered = new Set(subscriptions.values());
    return trackIds.flatMap((trackId) => {
      if (delivered.has(trackId)) return [];
      const subscription = this.#toSubscription(roomId, randomUUID(), trackId);
      for (const { subscriptionId } of subscription) subscriptions.set(subscriptionId, trackId);
      return subscription;
    });
  }

  /** Nothing for a track that nobody publishes. */
  #toSubscription(
    roomId: RoomId,
    subscriptionId: SubscriptionId,
    trackId: TrackId,
  ): Subscription[] {
    const [participantId, publisher] = this.#publisherOf(roomId, trackId) ?? [];
    const track = publisher?.tracks.get(trackId);
    if (participantId === undefined || track === undefined) return [];
    const { kind, rtpParameters } = track;
    return [{ subscriptionId, trackId, participantId, kind, rtpParameters }];
  }

  #publisherOf(roomId: RoomId, trackId: TrackId): [ParticipantId, FakeParticipant] | undefined {
    return [...this.#participants].find(
      ([, participant]) => participant.roomId === roomId && participant.tracks.has(trackId),
    );
  }

  #note(trackId: TrackId, isMuted: boolean): void {
    if (isMuted) {
      this.muted.add(trackId);
    } else {
      this.muted.delete(trackId);
    }
  }

  #get(participantId: ParticipantId): FakeParticipant {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) {
      throw new AppError('media_unavailable', 'The fake knows no such participant');
    }
    return participant;
  }

  #assertTransport(participantId: ParticipantId, transportId: TransportId): void {
    if (!this.#get(participantId).transports.has(transportId)) {
      throw new AppError('transport_not_found');
    }
  }

  #assertTrack(participantId: ParticipantId, trackId: TrackId): void {
    if (!this.#get(participantId).tracks.has(trackId)) {
      throw new AppError('track_not_found');
    }
  }
}
