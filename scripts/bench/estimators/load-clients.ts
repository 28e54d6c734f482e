import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type {
  DtlsParameters,
  MediaKind,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  RtpParameters,
  Subscription,
  TrackId,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import type { MediaPlane } from '../../../server/src/media/media-plane.ts';
import type { VideoOptions } from '../../../server/test/rtc/track-sender.ts';

const PROCESS = fileURLToPath(new URL('./load-process.ts', import.meta.url));

/** A made-up track. */
export interface LoadTrack {
  readonly type: 'audio' | 'video' | 'simulcast';
  readonly options?: VideoOptions;
}

/** What the clients' process is told to do. */
export type Order =
  | {
      readonly type: 'subscribe';
      readonly transport: TransportInfo;
      readonly subscriptions: readonly Subscription[];
    }
  | {
      readonly type: 'publish';
      readonly transport: TransportInfo;
      readonly routerCapabilities: RtpCapabilities;
      readonly tracks: readonly LoadTrack[];
    }
  | { readonly type: 'connected'; readonly key: string }
  | { readonly type: 'count' }
  | { readonly type: 'close' };

/** What the clients' process has done with the media plane. */
export type Orders =
  | {
      readonly type: 'connectTransport';
      readonly transportId: TransportId;
      readonly dtlsParameters: DtlsParameters;
    }
  | {
      readonly type: 'publish';
      readonly transportId: TransportId;
      readonly kind: MediaKind;
      readonly rtpParameters: RtpParameters;
    };

/** What the clients' process says. */
export type Answer =
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'ask'; readonly key: string; readonly request: Orders };

/** What all clients together have received so far. */
export interface LoadCount {
  /** Of media; repairs and probes are not counted. */
  readonly packets: number;
  readonly bytes: number;
  /** Of these, in the best layer of heavy video. */
  readonly top: number;
  /** Microseconds of the clients' process. */
  readonly cpuUs: number;
}

/**
 * People in one room of a media plane, with real ICE, DTLS and SRTP and without
 * codecs, in a process of their own. The caller closes them before the plane.
 */
export class LoadClients {
  readonly roomId: RoomId = randomUUID();
  readonly trackIds: TrackId[] = [];
  readonly #plane: MediaPlane;
  readonly #process: ChildProcess;
  readonly #owners = new Map<TransportId, ParticipantId>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;

  constructor(plane: MediaPlane) {
    this.#plane = plane;
    this.#process = fork(PROCESS);
    this.#process.on('message', (answer: Answer) => void this.#receive(answer));
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the clients are gone'));
    });
  }

  /** Of their process. */
  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the clients were not started');
    return pid;
  }

  /** Adds somebody who sends these tracks and receives nothing. */
  async publish(tracks: readonly LoadTrack[]): Promise<void> {
    const routerCapabilities = this.#plane.getRouterCapabilities();
    const { sendTransport } = await this.#join({ canPublish: true, canSubscribe: false });
    if (sendTransport === null) throw new Error('a publisher has a transport');
    await this.#tell({ type: 'publish', transport: sendTransport, routerCapabilities, tracks });
  }

  /** Adds somebody who receives all that is published now. */
  async subscribe(): Promise<void> {
    const { receiveTransport, subscriptions } = await this.#join({
      canPublish: false,
      canSubscribe: true,
    });
    if (receiveTransport === null) throw new Error('a subscriber has a transport');
    await this.#tell({ type: 'subscribe', transport: receiveTransport, subscriptions });
  }

  async count(): Promise<LoadCount> {
    return (await this.#tell({ type: 'count' })) as LoadCount;
  }

  /** Settles when their process is gone. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.send({ id: -1, order: { type: 'close' } });
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }

  async #join(may: { readonly canPublish: boolean; readonly canSubscribe: boolean }) {
    const participantId = randomUUID();
    const joined = await this.#plane.join({
      ...may,
      roomId: this.roomId,
      participantId,
      rtpCapabilities: this.#plane.getRouterCapabilities(),
      subscribeTo: this.trackIds,
    });
    for (const transport of [joined.sendTransport, joined.receiveTransport]) {
      if (transport !== null) this.#owners.set(transport.transportId, participantId);
    }
    return joined;
  }

  #tell(order: Order): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, order });
    return waiting.promise;
  }

  async #receive(answer: Answer): Promise<void> {
    if (answer.type === 'ask') {
      await this.#do(answer.request);
      await this.#tell({ type: 'connected', key: answer.key });
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === 'done') waiting?.resolve(answer.result);
    else waiting?.reject(new Error(answer.message));
  }

  async #do(request: Orders): Promise<void> {
    const participantId = this.#owners.get(request.transportId) ?? '';
    if (request.type === 'connectTransport') {
      const { transportId, dtlsParameters } = request;
      await this.#plane.connectTransport(participantId, transportId, dtlsParameters);
      return;
    }
    const { kind, rtpParameters } = request;
    const { trackId } = await this.#plane.publish({
      participantId,
      kind,
      rtpParameters,
      isMuted: false,
    });
    this.trackIds.push(trackId);
  }
}
