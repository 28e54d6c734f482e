import type { TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { consumePaused } from '../consume-paused.ts';
import type { IncomingTracks, TrackHold } from '../incoming-tracks.ts';
import { type LayerChoice, topLayers } from '../layers/choose-layers.ts';
import type { TellPipeFault } from '../piped-track.ts';
import type { PublishedTrack } from '../published-track.ts';
import { parametersToWire } from '../rtp.ts';
import type { LinkMessage } from './link-messages.ts';

export interface DepartingTracksOptions {
  readonly transport: types.PipeTransport;
  /** Of the router of the transport. */
  readonly incoming: Pick<IncomingTracks, 'isHome' | 'hold'>;
  readonly findTrack: (trackId: TrackId) => PublishedTrack | undefined;
  readonly send: (message: LinkMessage) => void;
  readonly tellFault: TellPipeFault;
}

/** The tracks that leave over one link, each as long as the other end has use for it. */
export class DepartingTracks {
  readonly #options: DepartingTracksOptions;
  readonly #tracks = new Map<TrackId, DepartingTrack>();

  constructor(options: DepartingTracksOptions) {
    this.#options = options;
  }

  /** Lets a track go, and says what it is. Never rejects. */
  async bring(trackId: TrackId): Promise<void> {
    const { findTrack, send, tellFault } = this.#options;
    this.drop(trackId);
    const source = findTrack(trackId);
    if (source === undefined) {
      send({ type: 'track', trackId, track: null });
      return;
    }
    const departing = new DepartingTrack(source, this.#options);
    this.#tracks.set(trackId, departing);
    try {
      const consumer = await departing.open();
      if (consumer === undefined || this.#tracks.get(trackId) !== departing) {
        send({ type: 'track', trackId, track: null });
        return;
      }
      const { participantId, shape, producer } = source;
      const track = {
        trackId,
        participantId,
        kind: consumer.kind,
        rtpParameters: parametersToWire(consumer.rtpParameters),
        isMuted: producer.paused,
        width: shape.width,
        height: shape.height,
      };
      send({ type: 'track', trackId, track });
      departing.announce(() => {
        if (this.#tracks.get(trackId) !== departing) return;
        this.drop(trackId);
        send({ type: 'ended', trackId });
      });
    } catch (error) {
      if (this.#tracks.get(trackId) === departing) this.drop(trackId);
      if (!source.isClosed && !this.#options.transport.closed) tellFault(error);
      send({ type: 'track', trackId, track: null });
    }
  }

  setFlowing(trackId: TrackId, isFlowing: boolean): void {
    this.#tracks.get(trackId)?.setFlowing(isFlowing);
  }

  need(trackId: TrackId, layers: LayerChoice | null): void {
    this.#tracks.get(trackId)?.need(layers);
  }

  /** Idempotent. */
  drop(trackId: TrackId): void {
    const track = this.#tracks.get(trackId);
    this.#tracks.delete(trackId);
    track?.close();
  }

  /** Idempotent. */
  close(): void {
    for (const trackId of [...this.#tracks.keys()]) this.drop(trackId);
  }
}

class DepartingTrack {
  readonly #source: PublishedTrack;
  readonly #options: DepartingTracksOptions;
  #hold: TrackHold | undefined;
  #consumer: types.Consumer | undefined;
  #needed: LayerChoice | null;
  #isClosed = false;

  constructor(source: PublishedTrack, options: DepartingTracksOptions) {
    this.#source = source;
    this.#options = options;
    // The other end tells when it needs less.
    this.#needed = topLayers(source.shape);
    source.moveNeed(null, this.#needed);
  }

  /** @returns undefined where the track is not to be had. */
  async open(): Promise<types.Consumer | undefined> {
    const { incoming, transport } = this.#options;
    if (!incoming.isHome(this.#source)) {
      const hold = await incoming.hold(this.#source);
      if (hold === undefined) return undefined;
      this.#hold = hold;
      if (this.#isClosed) hold.release();
    }
    const consumer = await consumePaused(transport, this.#source.trackId);
    if (this.#isClosed || consumer.closed) {
      consumer.close();
      return undefined;
    }
    this.#consumer = consumer;
    return consumer;
  }

  /** From now on the other end hears what becomes of it. */
  announce(tellEnded: () => void): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const { send } = this.#options;
    const { trackId } = this.#source;
    consumer.on('producerpause', () => send({ type: 'muted', trackId, isMuted: true }));
    consumer.on('producerresume', () => send({ type: 'muted', trackId, isMuted: false }));
    consumer.observer.once('close', tellEnded);
  }

  setFlowing(isFlowing: boolean): void {
    this.#hold?.setFlowing(isFlowing);
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    const command = isFlowing ? consumer.resume() : consumer.pause();
    command.catch((error: unknown) => {
      if (!consumer.closed) this.#options.tellFault(error);
    });
  }

  need(layers: LayerChoice | null): void {
    if (this.#isClosed) return;
    this.#source.moveNeed(this.#needed, layers);
    this.#needed = layers;
  }

  close(): void {
    if (this.#isClosed) return;
    this.need(null);
    this.#isClosed = true;
    this.#hold?.release();
    this.#consumer?.close();
  }
}
