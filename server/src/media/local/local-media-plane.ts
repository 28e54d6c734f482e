import type {
  DataKind,
  DataReception,
  DtlsParameters,
  IceParameters,
  MediaKind,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  Subscription,
  SubscriptionId,
  SubscriptionUpdate,
  TrackId,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import { setLogEventListeners } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import { Emitter } from '../../kernel/emitter.ts';
import type { Logger } from '../../kernel/logger.ts';
import type {
  Direction,
  ForwardTarget,
  JoinedMedia,
  JoinMediaParams,
  PublishedMedia,
  PublishMediaParams,
  SendDataParams,
  WorkerLoad,
} from '../media-plane.ts';
import type {
  LinkEndpoint,
  NodeMedia,
  NodeMediaEvents,
  PeerId,
  PersonMedia,
} from '../node-media.ts';
import { computeRouterCapabilities } from './codecs.ts';
import { forwardTrack } from './forwarded-tracks.ts';
import { DEFAULT_ESTIMATOR, type Estimator } from './layers/estimators.ts';
import { LineWatch } from './line-watch.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { LinkAddress } from './node/link-pipe.ts';
import { RoomLinks } from './node/room-links.ts';
import { ParticipantMedia, type TransportLimits } from './participant-media.ts';
import { RoomMedia } from './room-media.ts';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

/** Longest wait for a worker. It answers within milliseconds, unless it hangs. */
const COMMAND_TIMEOUT_MS = 10_000;

export interface LocalMediaPlaneOptions extends WorkerPoolOptions {
  /**
   * Bits per second that a subscriber is sent before its bandwidth is known.
   * Default 1 Mbit/s: the middle layer of a camera at once, and no flood for a
   * phone.
   */
  readonly initialOutgoingBitrateBps?: number;
  /**
   * Bits per second that a publisher is told to send at most, all its tracks
   * together. Default 10 Mbit/s: a camera in three layers and a full-size screen
   * fit, and one client cannot fill the server's line.
   */
  readonly maxIncomingBitrateBps?: number;
  /** Bits per second that each subscriber is sent at most. Default: what its line carries. */
  readonly maxOutgoingBitrateBps?: number;
  /** What finds the bandwidth of subscribers who receive video in layers. Default {@link DEFAULT_ESTIMATOR}. */
  readonly estimator?: Estimator;
  /**
   * Milliseconds for which a client may be out of reach before `transportFailed`.
   * Default 15 s. It counts from when mediasoup notices: at once where a TCP
   * connection closes, after 30 s of silence on UDP.
   */
  readonly iceGraceMs?: number;
  /**
   * Where links to other nodes end: which address of this machine, and what other nodes are told
   * instead of it. Their ports are those of pipes. Default: 127.0.0.1, for a machine without others.
   */
  readonly links?: Pick<LinkAddress, 'listenIp' | 'announcedAddress'> | undefined;
}

/** Keeps a room open where nobody is in it. No participant has this id. */
const KEEPER = 'keeper';

/**
 * Starts the workers of this machine and carries the media of rooms on them.
 * The caller closes it.
 *
 * mediasoup's log lines go to the logger, process-wide. The signal handlers that
 * mediasoup installs are removed: stopping is for whoever owns the process.
 *
 * @throws Error that says which program or port is at fault. Nothing is left running then.
 */
export async function createLocalMediaPlane(options: LocalMediaPlaneOptions): Promise<NodeMedia> {
  const { logger } = options;
  setLogEventListeners({
    // Mostly what clients did wrong, which they are told themselves.
    onwarn: (namespace, line) => logger.debug({ namespace, line }, 'mediasoup warning'),
    onerror: (namespace, line, error) =>
      logger.error({ namespace, line, err: error }, 'mediasoup error'),
  });
  const pool = new WorkerPool(options);
  await pool.start();
  const links = { listenIp: '127.0.0.1', ...options.links, ports: pool.pipePorts };
  return new LocalMediaPlane(pool, logger, links, {
    initialOutgoingBitrateBps: options.initialOutgoingBitrateBps ?? 1_000_000,
    maxIncomingBitrateBps: options.maxIncomingBitrateBps ?? 10_000_000,
    maxOutgoingBitrateBps: options.maxOutgoingBitrateBps,
    estimator: options.estimator ?? DEFAULT_ESTIMATOR,
    iceGraceMs: options.iceGraceMs ?? 15_000,
  });
}

class LocalMediaPlane implements NodeMedia {
  readonly events: Emitter<NodeMediaEvents>;
  readonly #pool: WorkerPool;
  readonly #logger: Logger;
  readonly #linkAddress: LinkAddress;
  readonly #limits: TransportLimits;
  readonly #routerCapabilities = computeRouterCapabilities();
  readonly #rooms = new Map<RoomId, RoomMedia>();
  /** Of rooms that are on other nodes too. */
  readonly #links = new WeakMap<RoomMedia, RoomLinks>();
  readonly #participants = new Map<ParticipantId, ParticipantMedia>();
  readonly #lines: LineWatch;
  #closing: Promise<void> | undefined;

  constructor(pool: WorkerPool, logger: Logger, links: LinkAddress, limits: TransportLimits) {
    this.#linkAddress = links;
    this.#pool = pool;
    this.#logger = logger;
    this.#limits = limits;
    this.events = new Emitter((error, event) =>
      logger.error({ err: error, event }, 'listener of the media plane failed'),
    );
    this.#lines = new LineWatch(
      (participantId, measurement) =>
        this.events.emit('lineMeasured', { participantId, ...measurement }),
      (participantId, error) =>
        logger.debug({ err: error, participantId }, 'a line was not measured'),
    );
  }

  getRouterCapabilities(): RtpCapabilities {
    return this.#routerCapabilities;
  }

  async join(params: JoinMediaParams): Promise<JoinedMedia> {
    const { participantId, roomId } = params;
    if (this.#closing !== undefined) throw mediaUnavailable();
    if (this.#participants.has(participantId)) {
      throw new AppError('conflict', 'This participant has media already');
    }
    const participant = new ParticipantMedia(
      this.#getOrCreateRoom(params.roomId),
      params,
      this.#limits,
      {
        failed: (transportId) =>
          this.events.emit('transportFailed', { participantId, transportId }),
        states: (states) => this.events.emit('streamsChanged', { participantId, states }),
        needed: (needed) => this.events.emit('layersNeeded', { participantId, needed }),
        lineChanged: () => this.#lines.hurry(participantId),
        fault: (error) =>
          this.#logger.warn({ err: error, roomId, participantId }, 'bandwidth was not shared out'),
      },
    );
    this.#participants.set(participantId, participant);
    try {
      const joined = await answerInTime(participant.open());
      if (this.#participants.get(participantId) === participant) {
        this.#lines.add(participantId, participant);
      }
      return joined;
    } catch (error) {
      this.#remove(participantId);
      throw error;
    }
  }

  async leave(participantId: ParticipantId): Promise<void> {
    this.#remove(participantId);
  }

  async openTransport(participantId: ParticipantId, direction: Direction): Promise<TransportInfo> {
    return await answerInTime(this.#getParticipant(participantId).openTransport(direction));
  }

  async connectTransport(
    participantId: ParticipantId,
    transportId: TransportId,
    dtlsParameters: DtlsParameters,
  ): Promise<void> {
    const transport = this.#getParticipant(participantId).getTransport(transportId);
    await answerInTime(transport.connect(dtlsParameters));
  }

  async restartIce(participantId: ParticipantId, transportId: TransportId): Promise<IceParameters> {
    const transport = this.#getParticipant(participantId).getTransport(transportId);
    return answerInTime(transport.restartIce());
  }

  async publish(params: PublishMediaParams): Promise<PublishedMedia> {
    const send = this.#getParticipant(params.participantId).getSend();
    return answerInTime(send.publish(params));
  }

  async unpublish(participantId: ParticipantId, trackId: TrackId): Promise<void> {
    this.#getParticipant(participantId).getSend().unpublish(trackId);
  }

  async setMuted(participantId: ParticipantId, trackId: TrackId, isMuted: boolean): Promise<void> {
    const send = this.#getParticipant(participantId).getSend();
    await answerInTime(send.setMuted(trackId, isMuted));
  }

  async forwardTrack(from: ParticipantId, trackId: TrackId, to: ForwardTarget) {
    const { room } = this.#getParticipant(from);
    const there = { room: this.#rooms.get(to.roomId), participantId: to.participantId };
    return forwardTrack({ room, participantId: from, trackId }, there);
  }

  async unforwardTrack(roomId: RoomId, trackId: TrackId): Promise<void> {
    this.#rooms.get(roomId)?.removeTrack(trackId);
  }

  async subscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[],
  ): Promise<readonly Subscription[]> {
    const receive = this.#getParticipant(participantId).getReceive();
    return answerInTime(receive.subscribe(trackIds, true));
  }

  async unsubscribe(
    participantId: ParticipantId,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<readonly SubscriptionId[]> {
    return this.#getParticipant(participantId).getReceive().unsubscribe(trackIds);
  }

  async startSubscriptions(
    participantId: ParticipantId,
    subscriptionIds: readonly SubscriptionId[],
  ): Promise<void> {
    const receive = this.#getParticipant(participantId).getReceive();
    await answerInTime(receive.start(subscriptionIds));
  }

  async updateSubscriptions(
    participantId: ParticipantId,
    updates: readonly SubscriptionUpdate[],
  ): Promise<void> {
    const receive = this.#getParticipant(participantId).getReceive();
    await answerInTime(receive.update(updates));
  }

  async allowTracks(
    roomId: RoomId,
    kind: MediaKind,
    trackIds: readonly TrackId[] | 'all',
  ): Promise<void> {
    const room = this.#rooms.get(roomId);
    if (room === undefined || room.isClosed) return;
    await answerInTime(room.allow(kind, trackIds === 'all' ? 'all' : new Set(trackIds)));
  }

  async preferTracks(roomId: RoomId, trackIds: readonly TrackId[]): Promise<void> {
    this.#rooms.get(roomId)?.prefer(trackIds);
  }

  async openDataSender(
    participantId: ParticipantId,
    kind: DataKind,
    streamId: number,
  ): Promise<void> {
    await answerInTime(this.#getParticipant(participantId).openDataSender(kind, streamId));
  }

  /** Has deadlines of its own, for clients that are slower than workers. */
  async flushData(participantId: ParticipantId, messages: number): Promise<void> {
    await this.#getParticipant(participantId).room.hub.flush(participantId, messages);
  }

  async limitData(participantId: ParticipantId, topics: readonly string[] | 'all'): Promise<void> {
    this.#getParticipant(participantId).room.hub.limitSender(participantId, topics);
  }

  async closeDataSender(participantId: ParticipantId): Promise<void> {
    this.#getParticipant(participantId).room.hub.closeSender(participantId);
  }

  async receiveData(participantId: ParticipantId): Promise<DataReception> {
    return await answerInTime(this.#getParticipant(participantId).receiveData());
  }

  async stopData(participantId: ParticipantId): Promise<void> {
    this.#getParticipant(participantId).room.hub.closeReceiver(participantId);
  }

  async sendData({ roomId, kind, ...data }: SendDataParams): Promise<void> {
    this.#rooms.get(roomId)?.hub.announce(kind, data);
  }

  async describe(participantId: ParticipantId): Promise<PersonMedia> {
    return this.#getParticipant(participantId).describe();
  }

  async openLink(roomId: RoomId, peerId: PeerId): Promise<LinkEndpoint> {
    return await answerInTime(this.#getLinks(roomId).open(peerId));
  }

  async connectLink(roomId: RoomId, peerId: PeerId, remote: LinkEndpoint): Promise<void> {
    await answerInTime(this.#getLinks(roomId).connect(peerId, remote));
  }

  async closeLink(roomId: RoomId, peerId: PeerId): Promise<void> {
    this.#findLinks(roomId)?.close(peerId);
  }

  async bringTracks(
    roomId: RoomId,
    peerId: PeerId,
    trackIds: readonly TrackId[],
  ): Promise<readonly TrackId[]> {
    return await answerInTime(this.#getLinks(roomId).bring(peerId, trackIds));
  }

  async keepRoom(roomId: RoomId): Promise<void> {
    if (this.#closing !== undefined) throw mediaUnavailable();
    this.#getOrCreateRoom(roomId).admit(KEEPER);
  }

  async releaseRoom(roomId: RoomId): Promise<void> {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) this.#dismiss(room, () => room.dismiss(KEEPER));
  }

  async getLoad(): Promise<readonly WorkerLoad[]> {
    return this.#pool.getLoad();
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const participantId of [...this.#participants.keys()]) this.#remove(participantId);
    await this.#pool.close();
    this.events.removeAll();
  }

  #getOrCreateRoom(roomId: RoomId): RoomMedia {
    const present = this.#rooms.get(roomId);
    if (present?.isClosed === false) return present;
    const warn = (message: string) => (error: unknown) =>
      this.#logger.warn({ err: error, roomId }, message);
    const room = new RoomMedia(roomId, this.#pool, {
      lost: (participantIds) => this.#lose(roomId, participantIds),
      dataClosed: (fact) => this.events.emit('dataClosed', fact),
      codecs: ({ participantId, trackId }, videoCodecs) =>
        this.events.emit('codecNeeded', { participantId, trackId, videoCodecs }),
      levels: (levels) => this.events.emit('audioLevels', { roomId, levels }),
      levelFault: warn('audio levels are not measured'),
      pipeFault: warn('a track does not come from one worker to another'),
    });
    this.#rooms.set(roomId, room);
    return room;
  }

  /** @throws AppError `media_unavailable` after its worker was lost, too: joining again helps. */
  #getParticipant(participantId: ParticipantId): ParticipantMedia {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) throw mediaUnavailable();
    return participant;
  }

  #remove(participantId: ParticipantId): void {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) return;
    this.#participants.delete(participantId);
    this.#lines.remove(participantId);
    this.#dismiss(participant.room, () => participant.close());
  }

  /** Has somebody go. Where they are the last the links go first, so that other nodes hear of it. */
  #dismiss(room: RoomMedia, go: () => void): void {
    if (room.peopleCount === 1) this.#links.get(room)?.closeAll();
    go();
    if (room.isClosed && this.#rooms.get(room.roomId) === room) this.#rooms.delete(room.roomId);
  }

  #findLinks(roomId: RoomId): RoomLinks | undefined {
    const room = this.#rooms.get(roomId);
    return room && this.#links.get(room);
  }

  /** @throws AppError `media_unavailable`. */
  #getLinks(roomId: RoomId): RoomLinks {
    const room = this.#rooms.get(roomId);
    if (room === undefined || room.isClosed) throw mediaUnavailable();
    const present = this.#links.get(room);
    if (present !== undefined) return present;
    const links = new RoomLinks({
      room,
      address: this.#linkAddress,
      tellClosed: (fact) => this.events.emit('linkClosed', fact),
      tellFault: (error) =>
        this.#logger.warn({ err: error, roomId }, 'a link to a node has faults'),
    });
    this.#links.set(room, links);
    return links;
  }

  #lose(roomId: RoomId, participantIds: readonly ParticipantId[]): void {
    this.#logger.warn({ roomId, lost: participantIds.length }, 'room lost a media worker');
    for (const participantId of participantIds) this.#remove(participantId);
    this.events.emit('mediaLost', { roomId, participantIds });
  }
}

/** @throws AppError `timeout`. */
function answerInTime<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, COMMAND_TIMEOUT_MS, 'The media worker');
}
