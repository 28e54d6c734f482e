import type { ParticipantId } from '@balai/protocol';
import type { types } from 'mediasoup';
import type { AudioLevel } from '../media-plane.ts';
import { AudioLevels, type TellLevelFault } from './audio-levels.ts';
import { type DataOutlet, openDataOutlet } from './data-outlet.ts';
import { IncomingTracks } from './incoming-tracks.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { TellPipeFault } from './piped-track.ts';
import { type PortRange, RouterPipes } from './router-pipes.ts';

/** A worker, as far as a room needs it. */
export interface RouterHost {
  /** @throws AppError `media_unavailable`. */
  createRouter(): Promise<types.Router>;
  readonly webRtcServer: types.WebRtcServer;
  /** A track begins to come to one of its routers by pipe, or ceases to. */
  notePipes(change: 1 | -1): void;
}

/** A router, and the server that its transports listen on. */
export interface OpenRouter {
  readonly router: types.Router;
  readonly webRtcServer: types.WebRtcServer;
}

export interface RoomRouterOptions {
  readonly worker: RouterHost;
  readonly pipePorts: PortRange;
  /** The worker died under the open router. */
  readonly tellLost: (router: RoomRouter) => void;
  /** Who is heard of those who publish on it. */
  readonly tellLevels: (router: RoomRouter, levels: readonly AudioLevel[]) => void;
  readonly tellLevelFault: TellLevelFault;
  readonly tellPipeFault: TellPipeFault;
}

/** The part of a room that is on one worker: a router, who is there, and what comes to them from others. */
export class RoomRouter {
  /** Rejects with `media_unavailable` when the worker cannot make it. */
  readonly opened: Promise<OpenRouter>;
  readonly pipes: RouterPipes;
  readonly incoming: IncomingTracks;
  readonly levels: AudioLevels;
  readonly participantIds = new Set<ParticipantId>();
  /** Links to other nodes that land here. */
  readonly links = new Set<object>();
  /** See {@link RouterHost}. */
  readonly notePipes: RouterHost['notePipes'];
  /** Who publishes on it, each with the number of their tracks. */
  readonly #publishers = new Map<ParticipantId, number>();
  #router: types.Router | undefined;
  #openingOutlet: Promise<DataOutlet> | undefined;
  #isClosed = false;

  constructor(options: RoomRouterOptions) {
    const { worker, pipePorts, tellPipeFault } = options;
    this.levels = new AudioLevels(
      () => this.#router,
      (levels) => options.tellLevels(this, levels),
      options.tellLevelFault,
    );
    this.notePipes = (change) => worker.notePipes(change);
    this.opened = this.#open(worker, () => options.tellLost(this));
    this.pipes = new RouterPipes({
      opened: this.opened.then(({ router }) => router),
      ports: pipePorts,
      tellFault: tellPipeFault,
      tellPiped: this.notePipes,
    });
    this.incoming = new IncomingTracks(this.pipes, tellPipeFault);
  }

  /** Whether it was closed, lost or could not be opened: then another one is needed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether nothing keeps it open. */
  get isEmpty(): boolean {
    return this.participantIds.size === 0 && this.links.size === 0;
  }

  /** How many people publish on it. */
  get publishers(): number {
    return this.#publishers.size;
  }

  /** A track of somebody on it begins or ends. */
  noteTrack(participantId: ParticipantId, change: 1 | -1): void {
    const tracks = (this.#publishers.get(participantId) ?? 0) + change;
    if (tracks > 0) this.#publishers.set(participantId, tracks);
    else this.#publishers.delete(participantId);
  }

  /** Where data goes to its participants; made for the first who asks. @throws AppError `media_unavailable`. */
  getOutlet(): Promise<DataOutlet> {
    this.#openingOutlet ??= this.#openOutlet();
    return this.#openingOutlet;
  }

  /** Closes the router with all that is on it. Idempotent. */
  close(): void {
    this.#end();
    this.#router?.close();
  }

  async #openOutlet(): Promise<DataOutlet> {
    try {
      const { router } = await this.opened;
      return await openDataOutlet(router);
    } catch (error) {
      this.#openingOutlet = undefined;
      throw error;
    }
  }

  async #open(worker: RouterHost, tellLost: () => void): Promise<OpenRouter> {
    try {
      const router = await worker.createRouter();
      this.#router = router;
      if (this.#isClosed) {
        router.close();
        throw mediaUnavailable();
      }
      router.on('workerclose', () => {
        this.#end();
        tellLost();
      });
      return { router, webRtcServer: worker.webRtcServer };
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
  }

  #end(): void {
    this.#isClosed = true;
    this.levels.close();
    this.incoming.close();
    this.pipes.close();
  }
}
