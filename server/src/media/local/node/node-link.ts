import type { DataKind, TrackId, VideoCodec } from '@balai/protocol';
import { withDeadline } from '../../../kernel/deadline.ts';
import type { LinkEndpoint } from '../../node-media.ts';
import type { DataRelay } from '../data-hub.ts';
import { mediaUnavailable } from '../media-errors.ts';
import type { TellPipeFault } from '../piped-track.ts';
import type { PublishedTrack } from '../published-track.ts';
import type { RoomMedia } from '../room-media.ts';
import type { RoomRouter } from '../room-router.ts';
import { ArrivingTracks } from './arriving-tracks.ts';
import { DepartingTracks } from './departing-tracks.ts';
import {
  dataToWire,
  type LinkedData,
  type LinkMessage,
  messageToWire,
  readLinkMessage,
} from './link-messages.ts';
import { type LinkAddress, type LinkPipe, openLinkPipe } from './link-pipe.ts';

/** How often the other end is told that this one is there. */
const ALIVE_INTERVAL_MS = 1_000;
/** Without a word of the other end for so long, once both are connected, the link is over. */
const SILENCE_MS = 3_000;
/** To be heard of for the first time: the other end has to be opened and connected yet. */
const FIRST_SILENCE_MS = 10_000;
/** For receivers on the other node to catch up. The node gives them up before that. */
const CATCH_UP_TIMEOUT_MS = 12_000;
/** Bytes of data after which senders ask whether the other node keeps up. */
const CATCH_UP_BYTES = 128 * 1024;

export interface NodeLinkOptions {
  readonly room: RoomMedia;
  /** Finds the router of the room on which what comes arrives, and what goes leaves. */
  readonly land: () => Promise<RoomRouter>;
  readonly address: LinkAddress;
  /** Hears, once, that it ended. */
  readonly tellClosed: () => void;
  readonly tellFault: TellPipeFault;
}

/** One end of what a room has in common on two nodes. */
export class NodeLink implements DataRelay {
  readonly #options: NodeLinkOptions;
  readonly #opened: Promise<LinkPipe>;
  readonly #catchUps = new Map<number, PromiseWithResolvers<void>>();
  #pipe: LinkPipe | undefined;
  #departing: DepartingTracks | undefined;
  #arriving: ArrivingTracks | undefined;
  #alive: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #silenceMs = FIRST_SILENCE_MS;
  #lastCatchUp = 0;
  #sentBytes = 0;
  #isClosed = false;

  constructor(options: NodeLinkOptions) {
    this.#options = options;
    this.#opened = this.#open();
    // Whoever opens it is told.
    this.#opened.catch(() => this.close());
  }

  /** @throws AppError `media_unavailable`. */
  async open(): Promise<LinkEndpoint> {
    return (await this.#opened).endpoint;
  }

  /** @throws AppError `conflict`, `media_unavailable`. */
  async connect(remote: LinkEndpoint): Promise<void> {
    const pipe = await this.#opened;
    await pipe.connect(remote);
    this.#send({ type: 'alive' });
  }

  /** Has tracks come. @returns those that are here. */
  async bring(trackIds: readonly TrackId[]): Promise<readonly TrackId[]> {
    await this.#opened;
    const arriving = this.#arriving;
    if (arriving === undefined || this.#isClosed) throw mediaUnavailable();
    const here = await Promise.all(trackIds.map((trackId) => arriving.bring(trackId)));
    return trackIds.filter((_, index) => here[index]);
  }

  relay(kind: DataKind, data: LinkedData): void {
    this.#pipe?.send(kind, dataToWire(data));
  }

  noteSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  /** Waits until the receivers on the other node have what was sent, or were given up. Never rejects. */
  async catchUp(): Promise<void> {
    if (this.#sentBytes < CATCH_UP_BYTES || this.#isClosed) return;
    const sent = this.#sentBytes;
    this.#lastCatchUp += 1;
    const id = this.#lastCatchUp;
    const caughtUp = Promise.withResolvers<void>();
    this.#catchUps.set(id, caughtUp);
    this.#send({ type: 'catchUp', id });
    try {
      await withDeadline(caughtUp.promise, CATCH_UP_TIMEOUT_MS, 'The other media node');
      this.#sentBytes = Math.max(0, this.#sentBytes - sent);
    } catch (error) {
      this.#options.tellFault(error);
      this.close();
    } finally {
      this.#catchUps.delete(id);
    }
  }

  /** Ends what came over it, and tells the other end. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#alive);
    this.#options.room.hub.removeRelay(this);
    this.#options.room.noteViewers(this, undefined);
    this.#options.room.removeLevelRelay(this);
    for (const { resolve } of this.#catchUps.values()) resolve();
    this.#arriving?.close();
    this.#departing?.close();
    this.#send({ type: 'bye' });
    // The worker does one after the other; what is sent leaves before the transport closes.
    this.#pipe?.close();
    this.#options.tellClosed();
  }

  async #open(): Promise<LinkPipe> {
    const { room, land, address, tellFault } = this.#options;
    const router = await land();
    const { router: opened } = await router.opened;
    const pipe = await openLinkPipe(opened, address, (kind, message) => this.#hear(kind, message));
    if (this.#isClosed) {
      pipe.close();
      throw mediaUnavailable();
    }
    this.#pipe = pipe;
    const { transport } = pipe;
    const send = (message: LinkMessage) => this.#send(message);
    this.#departing = new DepartingTracks({
      transport,
      incoming: router.incoming,
      // What comes over a link goes over no other.
      findTrack: (trackId) => this.#findOwn(trackId),
      send,
      tellFault,
    });
    this.#arriving = new ArrivingTracks({
      transport,
      router,
      findTrack: (trackId) => room.findTrack(trackId),
      addTrack: (track) => room.addTrack(track),
      removeTrack: (trackId) => room.removeTrack(trackId),
      send,
      tellFault,
      tellPiped: router.notePipes,
    });
    transport.observer.once('close', () => this.close());
    room.hub.addRelay(this);
    room.addLevelRelay(this, (levels) => this.#send({ type: 'levels', levels }));
    this.#heardAt = performance.now();
    this.#alive = setInterval(() => this.#beat(), ALIVE_INTERVAL_MS);
    return pipe;
  }

  #findOwn(trackId: TrackId): PublishedTrack | undefined {
    const track = this.#options.room.findTrack(trackId);
    return track?.isFromNode ? undefined : track;
  }

  #beat(): void {
    if (performance.now() - this.#heardAt > this.#silenceMs) this.close();
    else this.#send({ type: 'alive' });
  }

  #send(message: LinkMessage): void {
    this.#pipe?.send('reliable', messageToWire(message));
  }

  #hear(kind: DataKind, wire: Buffer): void {
    this.#heardAt = performance.now();
    this.#silenceMs = SILENCE_MS;
    try {
      const read = readLinkMessage(wire);
      if ('data' in read) this.#options.room.hub.deliver(kind, read.data);
      else this.#take(read.message);
    } catch (error) {
      this.#options.tellFault(error);
      this.close();
    }
  }

  #take(message: LinkMessage): void {
    const { type } = message;
    if (type === 'bring') void this.#departing?.bring(message.trackId);
    else if (type === 'track') this.#arriving?.answer(message.trackId, message.track);
    else if (type === 'drop') this.#departing?.drop(message.trackId);
    else if (type === 'flow') this.#departing?.setFlowing(message.trackId, message.isFlowing);
    else if (type === 'need') this.#departing?.need(message.trackId, message.layers);
    else if (type === 'unreceivable') this.#noteViewers(message.trackId, message.videoCodecs);
    else if (type === 'levels') this.#options.room.noteLevels(this, message.levels);
    else if (type === 'muted') this.#arriving?.mute(message.trackId, message.isMuted);
    else if (type === 'ended') this.#arriving?.end(message.trackId);
    else if (type === 'catchUp') void this.#answerCatchUp(message.id);
    else if (type === 'caughtUp') this.#catchUps.get(message.id)?.resolve();
    else if (type === 'bye') this.close();
  }

  #noteViewers(trackId: TrackId, videoCodecs: readonly VideoCodec[]): void {
    const { room } = this.#options;
    room.noteViewers(this, videoCodecs);
    const track = this.#findOwn(trackId);
    if (track !== undefined) room.findCodecFor(track);
  }

  async #answerCatchUp(id: number): Promise<void> {
    await this.#options.room.hub.catchUp();
    this.#send({ type: 'caughtUp', id });
  }
}
