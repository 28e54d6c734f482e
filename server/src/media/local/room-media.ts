import {
  type MediaKind,
  type ParticipantId,
  type RoomId,
  type TrackId,
  VIDEO_CODECS,
  type VideoCodec,
} from '@balai/protocol';
import type { AudioLevel } from '../media-plane.ts';
import type { Newcomer } from '../placement/choose-place.ts';
import { newcomerCores, roomCores } from '../placement/costs.ts';
import type { TellLevelFault, TellLevels } from './audio-levels.ts';
import { DataHub, type TellDataClosed } from './data-hub.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { TellPipeFault } from './piped-track.ts';
import type { PublishedTrack } from './published-track.ts';
import type { ReceiveMedia } from './receive-media.ts';
import { RoomLevels } from './room-levels.ts';
import { RoomRouter, type RouterHost } from './room-router.ts';
import type { PortRange } from './router-pipes.ts';

/** Hears that somebody cannot receive a track, and in which codecs everybody could. */
export type TellCodecs = (track: PublishedTrack, videoCodecs: readonly VideoCodec[]) => void;

/** Tracks of one kind that may be delivered. */
export type AllowedTracks = ReadonlySet<TrackId> | 'all';

/** The workers among which a room spreads. */
export interface RoomWorkers {
  /**
   * Finds the worker for somebody; waits while all of them are being replaced.
   *
   * @param roomCoresOn What the room takes on a worker; undefined where it is not.
   * @throws AppError `media_unavailable`, also when all are full.
   */
  readonly place: (
    newcomer: Newcomer,
    roomCoresOn: (worker: RouterHost) => number | undefined,
  ) => RouterHost | Promise<RouterHost>;
  readonly pipePorts: PortRange;
}

/** Somebody who comes into a room. */
export interface RoomNewcomer {
  readonly isReceiveOnly: boolean;
  /** Whether the room has people on other media nodes. */
  readonly isRoomElsewhere: boolean | undefined;
}

/** Whom a room tells what nobody asked for. */
export interface RoomListeners {
  /** The worker of these died, and their media with it. */
  readonly lost: (participantIds: readonly ParticipantId[]) => void;
  readonly dataClosed: TellDataClosed;
  readonly codecs: TellCodecs;
  readonly levels: TellLevels;
  readonly levelFault: TellLevelFault;
  readonly pipeFault: TellPipeFault;
}

/**
 * The media of one room in this process: who is there, and what they publish. It begins with
 * a router on one worker, and gets one on another worker when placement sends somebody there.
 */
export class RoomMedia {
  readonly roomId: RoomId;
  /** Where data goes through. */
  readonly hub: DataHub;
  /** Of what is published here, or forwarded. */
  readonly levels: RoomLevels;
  /** Of these, and of what other nodes tell of theirs. */
  readonly #allLevels: RoomLevels;
  /** Other nodes of the room, with what they told and are told. */
  readonly #levelRelays = new Map<object, TellLevels>();
  readonly #workers: RoomWorkers;
  readonly #listeners: RoomListeners;
  readonly #routers = new Map<RouterHost, RoomRouter>();
  readonly #participantIds = new Set<ParticipantId>();
  readonly #tracks = new Map<TrackId, PublishedTrack>();
  readonly #allowed: Record<MediaKind, AllowedTracks> = { audio: 'all', video: 'all' };
  /** The places of those that come before others. */
  #places: ReadonlyMap<TrackId, number> = new Map();
  readonly #receivers = new Set<ReceiveMedia>();
  readonly #viewersElsewhere = new Map<object, readonly VideoCodec[]>();
  #isClosed = false;

  constructor(roomId: RoomId, workers: RoomWorkers, listeners: RoomListeners) {
    this.roomId = roomId;
    this.#workers = workers;
    this.#listeners = listeners;
    this.hub = new DataHub(listeners.dataClosed);
    this.#allLevels = new RoomLevels(listeners.levels);
    this.levels = new RoomLevels((levels) => {
      this.#allLevels.report(this, levels);
      for (const tell of this.#levelRelays.values()) tell(levels);
    });
  }

  /** Whether its last participant left: then the room needs another one. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many keep the room open. */
  get peopleCount(): number {
    return this.#participantIds.size;
  }

  /** Keeps the room open. */
  admit(participantId: ParticipantId): void {
    this.#participantIds.add(participantId);
  }

  /**
   * Gives somebody who was admitted a place on one of the room's routers, or on a new one.
   *
   * @throws AppError `media_unavailable`.
   */
  async place(
    participantId: ParticipantId,
    { isReceiveOnly, isRoomElsewhere }: RoomNewcomer,
  ): Promise<RoomRouter> {
    const publishers = this.#countPublishers();
    const newcomer = { cores: newcomerCores({ isReceiveOnly, publishers }), isRoomElsewhere };
    const placed = this.#workers.place(newcomer, (worker) => this.#coresOn(worker, publishers));
    const worker = placed instanceof Promise ? await placed : placed;
    if (!this.#participantIds.has(participantId)) throw mediaUnavailable();
    const router = this.#getOrCreateRouter(worker);
    router.participantIds.add(participantId);
    return router;
  }

  /** The room closes with its last participant, and each router with its own. */
  dismiss(participantId: ParticipantId): void {
    this.#participantIds.delete(participantId);
    for (const [worker, router] of this.#routers) {
      const wasThere = router.participantIds.delete(participantId);
      if (wasThere && router.isEmpty) this.#closeRouter(worker, router);
    }
    if (this.#participantIds.size === 0) this.close();
  }

  /**
   * Finds the router on which a link to another node lands, and keeps it open for it: that of
   * most people, so that most of what comes is there already.
   *
   * @throws AppError `media_unavailable`.
   */
  async land(link: object): Promise<RoomRouter> {
    const routers = [...this.#routers.values()].filter(({ isClosed }) => !isClosed);
    const most = Math.max(...routers.map(({ participantIds }) => participantIds.size));
    let router = routers.find(({ participantIds }) => participantIds.size === most);
    if (router === undefined) {
      const placed = this.#workers.place({ cores: 0 }, () => undefined);
      const worker = placed instanceof Promise ? await placed : placed;
      if (this.#isClosed) throw mediaUnavailable();
      router = this.#getOrCreateRouter(worker);
    }
    router.links.add(link);
    return router;
  }

  /** The link does not need its router any more. Idempotent. */
  takeOff(link: object): void {
    for (const [worker, router] of this.#routers) {
      const wasThere = router.links.delete(link);
      if (wasThere && router.isEmpty) this.#closeRouter(worker, router);
    }
  }

  /**
   * From now on it can be subscribed to.
   *
   * @param router Where it is published; undefined where that is in another room.
   */
  addTrack(track: PublishedTrack, router?: RoomRouter): void {
    this.#tracks.set(track.trackId, track);
    track.setPlace(this.#places.get(track.trackId));
    // Nobody receives it yet, so that this has nothing to wait for.
    void track.setAllowed(isIn(this.#allowed[track.producer.kind], track.trackId));
    router?.noteTrack(track.participantId, 1);
    if (track.producer.kind === 'audio') void router?.levels.add(track.trackId);
  }

  /**
   * Lets these tracks of a kind be delivered, and no others, also none that come
   * later. Costs nothing for tracks of which this holds already, unless all were
   * or are allowed.
   */
  async allow(kind: MediaKind, next: AllowedTracks): Promise<void> {
    const previous = this.#allowed[kind];
    this.#allowed[kind] = next;
    const changed =
      previous === 'all' || next === 'all'
        ? [...this.#tracks.values()]
        : [...previous, ...next].flatMap((id) => this.#tracks.get(id) ?? []);
    await Promise.all(
      changed
        .filter(({ producer }) => producer.kind === kind)
        .map((track) => track.setAllowed(isIn(next, track.trackId))),
    );
  }

  /** Tracks that come before others of the same priority, the first first. */
  prefer(trackIds: readonly TrackId[]): void {
    this.#places = new Map(trackIds.map((trackId, place) => [trackId, place]));
    for (const track of this.#tracks.values()) track.setPlace(this.#places.get(track.trackId));
  }

  findTrack(trackId: TrackId): PublishedTrack | undefined {
    return this.#tracks.get(trackId);
  }

  /** Nobody is delivered it any more. Idempotent. */
  removeTrack(trackId: TrackId): void {
    const track = this.#tracks.get(trackId);
    if (track === undefined) return;
    this.#tracks.delete(trackId);
    track.close();
    for (const router of this.#routers.values()) {
      if (track.origin.isAt(router.pipes)) router.noteTrack(track.participantId, -1);
      else router.incoming.drop(trackId);
    }
  }

  addReceiver(receiver: ReceiveMedia): void {
    this.#receivers.add(receiver);
  }

  removeReceiver(receiver: ReceiveMedia): void {
    this.#receivers.delete(receiver);
  }

  /**
   * Somebody cannot receive a video: tells in which codecs everybody could. Who
   * is no ordinary viewer is not asked. Looks at everybody in the room.
   */
  findCodecFor(track: PublishedTrack): void {
    if (track.producer.kind !== 'video') return;
    const viewers = [...this.#receivers].filter((one) => one.isOrdinary);
    const common = VIDEO_CODECS.filter((codec) =>
      viewers.every((viewer) => viewer.canReceive(`video/${codec}`)),
    );
    if (track.tellUnreceivable !== undefined) {
      track.tellUnreceivable(common);
      return;
    }
    const elsewhere = [...this.#viewersElsewhere.values()];
    const everywhere = common.filter((codec) => elsewhere.every((some) => some.includes(codec)));
    this.#listeners.codecs(track, everywhere);
  }

  /** Another node of the room is told who is heard here from now on. */
  addLevelRelay(node: object, tell: TellLevels): void {
    this.#levelRelays.set(node, tell);
  }

  /** The node is told nothing more, and nobody is heard there. Idempotent. */
  removeLevelRelay(node: object): void {
    this.#levelRelays.delete(node);
    this.#allLevels.remove(node);
  }

  /** Another node tells who is heard there. */
  noteLevels(node: object, levels: readonly AudioLevel[]): void {
    if (this.#levelRelays.has(node)) this.#allLevels.report(node, levels);
  }

  /** What everybody of the room on another node can receive, as far as that was told; undefined for all. */
  noteViewers(node: object, videoCodecs: readonly VideoCodec[] | undefined): void {
    if (videoCodecs === undefined) this.#viewersElsewhere.delete(node);
    else this.#viewersElsewhere.set(node, videoCodecs);
  }

  /** Closes its routers with all that is on them. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.levels.close();
    this.#allLevels.close();
    for (const [worker, router] of this.#routers) this.#closeRouter(worker, router);
    for (const trackId of [...this.#tracks.keys()]) this.removeTrack(trackId);
  }

  #countPublishers(): number {
    return [...this.#routers.values()].reduce((sum, { publishers }) => sum + publishers, 0);
  }

  #coresOn(worker: RouterHost, publishers: number): number | undefined {
    const router = this.#routers.get(worker);
    if (router === undefined || router.isClosed) return undefined;
    return roomCores({
      publishers,
      publishersHere: router.publishers,
      receiversHere: router.participantIds.size,
    });
  }

  #getOrCreateRouter(worker: RouterHost): RoomRouter {
    const present = this.#routers.get(worker);
    if (present?.isClosed === false) return present;
    const { levelFault, pipeFault } = this.#listeners;
    const router = new RoomRouter({
      worker,
      pipePorts: this.#workers.pipePorts,
      tellLost: (lost) => this.#lose(worker, lost),
      tellLevels: (one, heard) => this.levels.report(one, heard),
      tellLevelFault: levelFault,
      tellPipeFault: pipeFault,
    });
    this.#routers.set(worker, router);
    return router;
  }

  #closeRouter(worker: RouterHost, router: RoomRouter): void {
    if (this.#routers.get(worker) === router) this.#routers.delete(worker);
    this.levels.remove(router);
    router.close();
  }

  #lose(worker: RouterHost, router: RoomRouter): void {
    const participantIds = [...router.participantIds];
    this.#closeRouter(worker, router);
    this.#listeners.lost(participantIds);
  }
}

function isIn(allowed: AllowedTracks, trackId: TrackId): boolean {
  return allowed === 'all' || allowed.has(trackId);
}
