import type { ParticipantId, RoomId, TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { type DataHub, openDataHub, type TellDataClosed } from './data-hub.ts';
import { mediaUnavailable } from './media-errors.ts';

/** A track that is published in a room, and by whom. */
export interface PublishedTrack {
  readonly participantId: ParticipantId;
  readonly producer: types.Producer;
}

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
  readonly #tellDataClosed: TellDataClosed;
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
  ) {
    this.roomId = roomId;
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

  addTrack(track: PublishedTrack): void {
    this.#tracks.set(track.producer.id, track);
  }

  findTrack(trackId: TrackId): PublishedTrack | undefined {
    return this.#tracks.get(trackId);
  }

  removeTrack(trackId: TrackId): void {
    this.#tracks.delete(trackId);
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
        tellLost();
      });
      return open;
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
  }
}
