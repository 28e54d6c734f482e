import {
  type MediaKind,
  type ParticipantId,
  type RoomId,
  type TrackId,
  VIDEO_CODECS,
  type VideoCodec,
} from '@balai/protocol';
import type { types } from 'mediasoup';
import { AudioLevels, type TellLevelFault, type TellLevels } from './audio-levels.ts';
import { type DataHub, openDataHub, type TellDataClosed } from './data-hub.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { PublishedTrack } from './published-track.ts';
import type { ReceiveMedia } from './receive-media.ts';

/** Hears that somebody cannot receive a track, and in which codecs everybody could. */
export type TellCodecs = (track: PublishedTrack, videoCodecs: readonly VideoCodec[]) => void;

/** Tracks of one kind that may be delivered. */
export type AllowedTracks = ReadonlySet<TrackId> | 'all';

/** A router, and the server that its transports listen on. */
export interface OpenRouter {
  readonly router: types.Router;
  readonly webRtcServer: types.WebRtcServer;
}

/** The media of one room on one worker: a router, who is there, and what they publish. */
export class RoomRouter {
  readonly roomId: RoomId;
  /** Rejects with `media_unavailable` when no worker can take the room. */
  readonly opened: Promise<OpenRouter>;
  readonly #participantIds = new Set<ParticipantId>();
  readonly #tracks = new Map<TrackId, PublishedTrack>();
  readonly #allowed: Record<MediaKind, AllowedTracks> = { audio: 'all', video: 'all' };
  /** The places of those that come before others. */
  #places: ReadonlyMap<TrackId, number> = new Map();
  readonly #receivers = new Set<ReceiveMedia>();
  readonly #tellDataClosed: TellDataClosed;
  readonly #tellCodecs: TellCodecs;
  readonly #levels: AudioLevels;
  #router: types.Router | undefined;
  #openingHub: Promise<DataHub> | undefined;
  #hub: DataHub | undefined;
  #isClosed = false;

  /** @param tellLost Called when the worker died under the open router. */
  constructor(
    roomId: RoomId,
    createRouter: () => Promise<OpenRouter>,
    tellLost: () => void,
    tellDataClosed: TellDataClosed,
    tellCodecs: TellCodecs,
    levels: { readonly tell: TellLevels; readonly tellFault: TellLevelFault },
  ) {
    this.roomId = roomId;
    this.#tellCodecs = tellCodecs;
    this.#levels = new AudioLevels(() => this.#router, levels.tell, levels.tellFault);
    this.#tellDataClosed = tellDataClosed;
    this.opened = this.#open(createRouter, tellLost);
  }

  /** Whether it was closed, lost or could not be opened: then the room needs another one. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isEmpty(): boolean {
    return this.#participantIds.size === 0;
  }

  get participantIds(): ReadonlySet<ParticipantId> {
    return this.#participantIds;
  }

  /** Keeps the room open. */
  admit(participantId: ParticipantId): void {
    this.#participantIds.add(participantId);
  }

  /** The room closes with its last participant. */
  dismiss(participantId: ParticipantId): void {
    this.#participantIds.delete(participantId);
    if (this.isEmpty) this.close();
  }

  /** From now on it can be subscribed to. */
  addTrack(track: PublishedTrack): void {
    this.#tracks.set(track.trackId, track);
    track.setPlace(this.#places.get(track.trackId));
    // Nobody receives it yet, so that this has nothing to wait for.
    void track.setAllowed(isIn(this.#allowed[track.producer.kind], track.trackId));
    if (track.producer.kind === 'audio') void this.#levels.add(track.trackId);
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

  removeTrack(trackId: TrackId): void {
    this.#tracks.get(trackId)?.close();
    this.#tracks.delete(trackId);
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
    this.#tellCodecs(track, common);
  }

  /** Where data goes through; undefined as long as nobody sent or received any. */
  get hub(): DataHub | undefined {
    return this.#hub;
  }

  /** Makes the hub for the first who asks. @throws AppError `media_unavailable`. */
  getHub(): Promise<DataHub> {
    this.#openingHub ??= this.#openHub();
    return this.#openingHub;
  }

  /** Closes the router with all that is in it. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#levels.close();
    this.#router?.close();
  }

  async #openHub(): Promise<DataHub> {
    try {
      const { router } = await this.opened;
      this.#hub = await openDataHub(router, this.#tellDataClosed);
      return this.#hub;
    } catch (error) {
      this.#openingHub = undefined;
      throw error;
    }
  }

  async #open(createRouter: () => Promise<OpenRouter>, tellLost: () => void): Promise<OpenRouter> {
    try {
      const open = await createRouter();
      const { router } = open;
      this.#router = router;
      if (this.#isClosed) {
        router.close();
        throw mediaUnavailable();
      }
      router.on('workerclose', () => {
        this.#isClosed = true;
        this.#levels.close();
        tellLost();
      });
      return open;
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
  }
}

function isIn(allowed: AllowedTracks, trackId: TrackId): boolean {
  return allowed === 'all' || allowed.has(trackId);
}
