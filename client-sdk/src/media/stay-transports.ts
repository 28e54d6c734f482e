import type { Params, TransportInfo } from '@balai/protocol';
import { ConnectionError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { Late } from './late.ts';
import type {
  MediaEngine,
  MediaReceiver,
  MediaSender,
  TransportHooks,
  TransportOptions,
} from './media-engine.ts';
import { PathKeeper } from './path-keeper.ts';

/** What peer connections are opened with. */
export interface StayTransportsParts {
  /** Null for a direction with nothing to do: then it is opened when there is. */
  readonly send: TransportInfo | null;
  readonly receive: TransportInfo | null;
  readonly engine: MediaEngine;
  readonly options: TransportOptions;
  readonly request: SignalChannel['request'];
  /** Media is lost. @param isFinal Whether it would be the next time, too. Not told once closed. */
  readonly onLost: (isFinal: boolean) => void;
}

type Transport = Pick<MediaSender, 'restartIce' | 'countReceivedBytes'>;

/** Both peer connections of a stay in one place, and what keeps them on a path to the server. */
export class StayTransports {
  readonly sender: Late<MediaSender>;
  readonly receiver: Late<MediaReceiver>;
  readonly #parts: StayTransportsParts;
  readonly #paths: PathKeeper[] = [];
  #isClosed = false;

  constructor(parts: StayTransportsParts) {
    this.#parts = parts;
    const { engine, options } = parts;
    this.sender = this.#openLate('send', parts.send, (info, hooks) =>
      engine.openSender(info, options, hooks),
    );
    this.receiver = this.#openLate('receive', parts.receive, (info, hooks) =>
      engine.openReceiver(info, options, hooks),
    );
  }

  /** As {@link PathKeeper.suspect}. */
  suspect(): void {
    for (const path of this.#paths) path.suspect();
  }

  /** As {@link PathKeeper.verify}. */
  verify(): void {
    for (const path of this.#paths) void path.verify();
  }

  /** As {@link PathKeeper.renew}. */
  renew(): void {
    for (const path of this.#paths) path.renew();
  }

  /** What becomes of the paths does not matter any more. */
  leavePaths(): void {
    this.#isClosed = true;
    for (const path of this.#paths) path.close();
  }

  /** Idempotent. */
  close(): void {
    this.leavePaths();
    this.sender.current?.close();
    this.receiver.current?.close();
  }

  #openLate<T extends Transport>(
    direction: Params<'transport.open'>['direction'],
    info: TransportInfo | null,
    openTransport: (info: TransportInfo, hooks: TransportHooks) => T,
  ): Late<T> {
    return new Late(info ? this.#open(info, openTransport) : undefined, async () => {
      const answer = await this.#parts.request('transport.open', { direction });
      if (this.#isClosed) throw new ConnectionError('cancelled');
      return this.#open(answer, openTransport);
    });
  }

  /** Opens a peer connection, and keeps it on a path to the server. */
  #open<T extends Transport>(
    info: TransportInfo,
    openTransport: (info: TransportInfo, hooks: TransportHooks) => T,
  ): T {
    const { transportId } = info;
    const { request } = this.#parts;
    const path = new PathKeeper({
      restart: async () => {
        const answer = await request('transport.restartIce', { transportId });
        await transport.restartIce(answer.iceParameters);
      },
      countReceivedBytes: () => transport.countReceivedBytes(),
      // A network that takes no media at all takes none the next time either.
      onLost: (wasConnected) => this.#lose(!wasConnected),
    });
    this.#paths.push(path);
    const transport = openTransport(info, {
      onConnect: (dtlsParameters) => {
        request('transport.connect', { transportId, dtlsParameters }).catch((error: unknown) => {
          if (this.#isClosed) return;
          reportFault('media was not connected', error);
          this.#lose(true);
        });
      },
      onState: (state) => path.changed(state),
    });
    return transport;
  }

  #lose(isFinal: boolean): void {
    if (!this.#isClosed) this.#parts.onLost(isFinal);
  }
}
