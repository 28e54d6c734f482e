import { errors, type types } from 'mediasoup';
import { consumePaused } from './consume-paused.ts';
import { PipedTrack, type TellPipeFault } from './piped-track.ts';

/**
 * Packets that wait in the kernel while the worker at the other end is busy: some tens of
 * milliseconds of a large room. The kernel may grant less (net.core.rmem_max).
 */
const SOCKET_BUFFER_BYTES = 2_000_000;

/** In the middle of those that pipes may take. */
const HIGH_PORT = 30_000;

/** Ports from which pipes take theirs. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** Where the workers' own ports are not: one that is replaced must find its port free. */
export function pipePorts(rtcPort: number, workerCount: number): PortRange {
  const isBelow = rtcPort !== 0 && rtcPort + workerCount <= HIGH_PORT;
  if (isBelow) return { min: HIGH_PORT, max: 59_999 };
  return { min: 10_000, max: Math.min(HIGH_PORT, rtcPort || HIGH_PORT) - 1 };
}

export interface RouterPipesOptions {
  /** The router whose pipes these are. */
  readonly opened: Promise<types.Router>;
  readonly ports: PortRange;
  /** Hears that a track begins to come to the router, or ceases to. */
  readonly tellPiped: (change: 1 | -1) => void;
  /** Hears what went wrong in the background. */
  readonly tellFault: TellPipeFault;
}

/**
 * The pipes of one router to others on this machine: one pair of transports for each
 * router that it shares a track with, whichever way that goes, as long as there is one.
 */
export class RouterPipes {
  readonly #options: RouterPipesOptions;
  readonly #links = new Map<RouterPipes, PipeLink>();
  #isClosed = false;

  constructor(options: RouterPipesOptions) {
    this.#options = options;
    // Who waits for the router hears of it.
    options.opened.catch(() => this.close());
  }

  /** Whether the router is gone. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Lets a track of another router be consumed on this one too, until it ends there or is closed here.
   * Nothing of it comes before it is told to flow.
   *
   * @param id Of the track on this router, where there must be none with it.
   * @throws Error of mediasoup, `NotFoundError` if the track has ended.
   */
  async bring(from: RouterPipes, producerId: string, id: string): Promise<PipedTrack> {
    const link = this.#getOrCreateLink(from);
    link.users += 1;
    try {
      const [there, here] = await Promise.all([link.endOf(from), link.endOf(this)]);
      const piped = await pipe(there, producerId, here, id, this.#options.tellFault);
      this.#options.tellPiped(1);
      piped.onceClosed(() => {
        this.#options.tellPiped(-1);
        this.#leave(from, link);
      });
      return piped;
    } catch (error) {
      this.#leave(from, link);
      throw error;
    }
  }

  /** To be called when the router closed, or is about to. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const [other, link] of [...this.#links]) this.#cut(other, link);
  }

  #getOrCreateLink(other: RouterPipes): PipeLink {
    const present = this.#links.get(other);
    if (present !== undefined) return present;
    if (this.#isClosed || other.#isClosed) throw new errors.NotFoundError('the router is gone');
    const link = new PipeLink(this, other, (pipes) => pipes.#createTransport());
    this.#links.set(other, link);
    other.#links.set(this, link);
    return link;
  }

  async #createTransport(): Promise<types.PipeTransport> {
    const { opened, ports } = this.#options;
    const router = await opened;
    return await router.createPipeTransport({
      listenInfo: {
        protocol: 'udp',
        ip: '127.0.0.1',
        portRange: { ...ports },
        recvBufferSize: SOCKET_BUFFER_BYTES,
        sendBufferSize: SOCKET_BUFFER_BYTES,
      },
      // What is lost to a full buffer is sent again: subscribers could not ask for it.
      enableRtx: true,
      enableSctp: false,
      enableSrtp: false,
    });
  }

  #leave(other: RouterPipes, link: PipeLink): void {
    link.users -= 1;
    if (link.users === 0) this.#cut(other, link);
  }

  #cut(other: RouterPipes, link: PipeLink): void {
    if (this.#links.get(other) === link) this.#links.delete(other);
    if (other.#links.get(this) === link) other.#links.delete(this);
    link.close();
  }
}

/** A pair of transports that are connected to each other. */
class PipeLink {
  /** Tracks that go over it, and that are about to. */
  users = 0;
  readonly #ends: ReadonlyMap<RouterPipes, Promise<types.PipeTransport>>;
  readonly #connected: Promise<void>;

  constructor(
    one: RouterPipes,
    other: RouterPipes,
    create: (of: RouterPipes) => Promise<types.PipeTransport>,
  ) {
    const ends = [create(one), create(other)] as const;
    this.#ends = new Map([
      [one, ends[0]],
      [other, ends[1]],
    ]);
    this.#connected = connect(ends);
    // Whoever asks for an end is told.
    this.#connected.catch(() => this.close());
  }

  /** The end at a router, once both can be used. */
  async endOf(pipes: RouterPipes): Promise<types.PipeTransport> {
    await this.#connected;
    const end = await this.#ends.get(pipes);
    if (end === undefined || end.closed) throw new errors.NotFoundError('the pipe is gone');
    return end;
  }

  /** Closes what is there, and what is still being made. Idempotent. */
  close(): void {
    for (const end of this.#ends.values()) {
      end.then(
        (transport) => transport.close(),
        // It was never there; whoever wanted it was told.
        () => undefined,
      );
    }
  }
}

async function connect(
  ends: readonly [Promise<types.PipeTransport>, Promise<types.PipeTransport>],
): Promise<void> {
  const [one, other] = await Promise.all(ends);
  await Promise.all([
    one.connect({ ip: other.tuple.localAddress, port: other.tuple.localPort }),
    other.connect({ ip: one.tuple.localAddress, port: one.tuple.localPort }),
  ]);
  // One of the routers may go; what comes over the other end is then nothing.
  one.observer.once('close', () => other.close());
  other.observer.once('close', () => one.close());
}

async function pipe(
  from: types.PipeTransport,
  producerId: string,
  to: types.PipeTransport,
  id: string,
  tellFault: TellPipeFault,
): Promise<PipedTrack> {
  const consumer = await consumePaused(from, producerId);
  try {
    const producer = await to.produce({
      id,
      kind: consumer.kind,
      rtpParameters: consumer.rtpParameters,
      paused: consumer.producerPaused,
    });
    const isGone = from.closed || to.closed || consumer.closed || producer.closed;
    if (!isGone) return new PipedTrack(consumer, producer, tellFault);
    producer.close();
  } catch (error) {
    consumer.close();
    throw error;
  }
  consumer.close();
  throw new errors.NotFoundError('the track ended meanwhile');
}
