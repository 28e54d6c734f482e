import type { TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { withDeadline } from '../../../kernel/deadline.ts';
import type { LinkedTrack } from '../../node-media.ts';
import { forwardDependencies } from '../codecs.ts';
import type { IncomingTracks } from '../incoming-tracks.ts';
import { mediaUnavailable } from '../media-errors.ts';
import type { ComingTrack, TellPipeFault } from '../piped-track.ts';
import { PublishedTrack } from '../published-track.ts';
import type { RouterPipes } from '../router-pipes.ts';
import { parametersFromWire } from '../rtp.ts';
import type { LinkMessage } from './link-messages.ts';

/** For the other end to say what a track is. */
const ANSWER_TIMEOUT_MS = 5_000;

export interface ArrivingTracksOptions {
  readonly transport: types.PipeTransport;
  /** The router of the transport, where tracks arrive. */
  readonly router: { readonly pipes: RouterPipes; readonly incoming: IncomingTracks };
  readonly findTrack: (trackId: TrackId) => PublishedTrack | undefined;
  readonly addTrack: (track: PublishedTrack) => void;
  readonly removeTrack: (trackId: TrackId) => void;
  readonly send: (message: LinkMessage) => void;
  readonly tellFault: TellPipeFault;
  /** A track begins to come, or ceases to. */
  readonly tellPiped: (change: 1 | -1) => void;
}

/** The tracks that come over one link, each as long as somebody of the room here subscribes to it. */
export class ArrivingTracks {
  readonly #options: ArrivingTracksOptions;
  readonly #asked = new Map<TrackId, PromiseWithResolvers<LinkedTrack | null>>();
  readonly #bringing = new Map<TrackId, Promise<boolean>>();
  readonly #tracks = new Map<TrackId, ArrivingTrack>();
  #isClosed = false;

  constructor(options: ArrivingTracksOptions) {
    this.#options = options;
  }

  /**
   * Has a track come, once for all who ask. It goes again after some seconds without anybody
   * who subscribes to it.
   *
   * @returns whether it is here. Never rejects.
   */
  bring(trackId: TrackId): Promise<boolean> {
    if (this.#options.findTrack(trackId) !== undefined) {
      this.#tracks.get(trackId)?.expect();
      return Promise.resolve(true);
    }
    const present = this.#bringing.get(trackId);
    if (present !== undefined) return present;
    const bringing = this.#bring(trackId).finally(() => this.#bringing.delete(trackId));
    this.#bringing.set(trackId, bringing);
    return bringing;
  }

  /** The other end says what a track is. */
  answer(trackId: TrackId, track: LinkedTrack | null): void {
    const asked = this.#asked.get(trackId);
    this.#asked.delete(trackId);
    if (asked !== undefined) asked.resolve(track);
    else if (track !== null) this.#options.send({ type: 'drop', trackId });
  }

  mute(trackId: TrackId, isMuted: boolean): void {
    this.#tracks.get(trackId)?.mute(isMuted);
  }

  /** It ended where it comes from. */
  end(trackId: TrackId): void {
    this.#tracks.get(trackId)?.close();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const asked of this.#asked.values()) asked.resolve(null);
    this.#asked.clear();
    for (const track of [...this.#tracks.values()]) track.close();
  }

  async #bring(trackId: TrackId): Promise<boolean> {
    const { send, tellFault } = this.#options;
    if (this.#isClosed) return false;
    const asked = Promise.withResolvers<LinkedTrack | null>();
    this.#asked.set(trackId, asked);
    send({ type: 'bring', trackId });
    try {
      const linked = await withDeadline(asked.promise, ANSWER_TIMEOUT_MS, 'The other media node');
      if (linked === null || this.#isClosed) return false;
      return await this.#take(linked);
    } catch (error) {
      if (this.#asked.get(trackId) === asked) this.#asked.delete(trackId);
      send({ type: 'drop', trackId });
      if (!this.#isClosed) tellFault(error);
      return false;
    }
  }

  async #take(linked: LinkedTrack): Promise<boolean> {
    const { trackId } = linked;
    const arriving = new ArrivingTrack(linked, this.#options, () => {
      if (this.#tracks.get(trackId) === arriving) this.#tracks.delete(trackId);
    });
    // What is said of it while the worker makes it counts.
    this.#tracks.set(trackId, arriving);
    try {
      return await arriving.open();
    } catch (error) {
      arriving.close();
      throw error;
    }
  }
}

/** A track that comes over a link: a track of the room, which is on none of its routers by itself. */
class ArrivingTrack implements ComingTrack {
  readonly #linked: LinkedTrack;
  readonly #options: ArrivingTracksOptions;
  readonly #tellClosed: () => void;
  readonly #closed = Promise.withResolvers<void>();
  #producer: types.Producer | undefined;
  #track: PublishedTrack | undefined;
  #isMuted: boolean;
  #isClosed = false;

  constructor(linked: LinkedTrack, options: ArrivingTracksOptions, tellClosed: () => void) {
    this.#linked = linked;
    this.#options = options;
    this.#tellClosed = tellClosed;
    this.#isMuted = linked.isMuted;
  }

  /** @returns whether it is there. Rejects with what mediasoup throws. */
  async open(): Promise<boolean> {
    const { transport, router, addTrack, send, tellPiped } = this.#options;
    const { trackId, participantId, kind, rtpParameters, width, height } = this.#linked;
    const isPaused = this.#isMuted;
    const producer = await transport.produce({
      id: trackId,
      kind,
      rtpParameters: parametersFromWire(rtpParameters),
      paused: isPaused,
    });
    if (this.#isClosed || producer.closed) {
      producer.close();
      return false;
    }
    this.#producer = producer;
    tellPiped(1);
    forwardDependencies(producer);
    producer.observer.once('close', () => {
      tellPiped(-1);
      this.close();
    });
    const track = new PublishedTrack({
      participantId,
      producer,
      isFromNode: true,
      origin: {
        // So that whoever receives it on this router counts too, and it goes after the last.
        isAt: () => false,
        bringTo: (pipes, id) =>
          pipes === router.pipes
            ? Promise.resolve(this)
            : bringOn(router.incoming, track, (hold) => holdWith(hold, pipes, router.pipes, id)),
      },
      width,
      height,
      tellNeeded: ({ spatialLayer, temporalLayer = 0 }) =>
        send({
          type: 'need',
          trackId,
          layers: spatialLayer === null ? null : { spatialLayer, temporalLayer },
        }),
      tellUnreceivable: (videoCodecs) => send({ type: 'unreceivable', trackId, videoCodecs }),
    });
    this.#track = track;
    if (this.#isMuted !== isPaused) this.#command(producer);
    addTrack(track);
    this.expect();
    return true;
  }

  /** Somebody is about to subscribe to it: what nobody has subscribed to goes only after a while. */
  expect(): void {
    const track = this.#track;
    if (track === undefined) return;
    this.#options.router.incoming.hold(track).then(
      (hold) => hold?.release(),
      (error: unknown) => {
        if (!this.#isClosed) this.#options.tellFault(error);
      },
    );
  }

  mute(isMuted: boolean): void {
    if (isMuted === this.#isMuted) return;
    this.#isMuted = isMuted;
    if (this.#producer !== undefined) this.#command(this.#producer);
  }

  setFlowing(isFlowing: boolean): void {
    const { trackId } = this.#linked;
    this.#options.send({ type: 'flow', trackId, isFlowing });
  }

  onceClosed(listener: () => void): void {
    void this.#closed.promise.then(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { removeTrack, send } = this.#options;
    const { trackId } = this.#linked;
    this.#tellClosed();
    send({ type: 'drop', trackId });
    if (this.#track !== undefined) removeTrack(trackId);
    this.#producer?.close();
    this.#closed.resolve();
  }

  #command(producer: types.Producer): void {
    const command = this.#isMuted ? producer.pause() : producer.resume();
    command.catch((error: unknown) => {
      if (!producer.closed) this.#options.tellFault(error);
    });
  }
}

/** Brings a track from where it arrives to another router, and holds it meanwhile. */
async function bringOn(
  incoming: IncomingTracks,
  track: PublishedTrack,
  bring: (hold: Hold) => Promise<ComingTrack>,
): Promise<ComingTrack> {
  const hold = await incoming.hold(track);
  if (hold === undefined) throw mediaUnavailable();
  try {
    return await bring(hold);
  } catch (error) {
    hold.release();
    throw error;
  }
}

type Hold = NonNullable<Awaited<ReturnType<IncomingTracks['hold']>>>;

async function holdWith(
  hold: Hold,
  to: RouterPipes,
  from: RouterPipes,
  trackId: TrackId,
): Promise<ComingTrack> {
  const coming = await to.bring(from, trackId, trackId);
  coming.onceClosed(() => hold.release());
  return {
    setFlowing(isFlowing) {
      hold.setFlowing(isFlowing);
      coming.setFlowing(isFlowing);
    },
    onceClosed: (listener) => coming.onceClosed(listener),
    close: () => coming.close(),
  };
}
