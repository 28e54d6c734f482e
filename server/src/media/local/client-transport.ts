import type { DtlsParameters, IceParameters, TransportInfo } from '@balai/protocol';
import type { types } from 'mediasoup';
import { toAppError } from './media-errors.ts';
import { dtlsFromWire, iceParametersToWire, transportToWire } from './rtp.ts';

/** One ICE and DTLS association with a client: idempotent where mediasoup is not. */
export class ClientTransport {
  /** For producing and consuming only: this class connects and closes. */
  readonly transport: types.WebRtcTransport;
  readonly #iceGraceMs: number;
  readonly #tellFailure: () => void;
  #connecting: Promise<void> | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #hasFailed = false;

  /**
   * @param iceGraceMs How long a client may be unreachable before that is a
   * failure; time for an ICE restart. mediasoup notices a lost TCP connection at
   * once, and silence on UDP after 30 s (RFC 7675).
   * @param tellFailure Called at most once, and not because of `close`.
   */
  constructor(transport: types.WebRtcTransport, iceGraceMs: number, tellFailure: () => void) {
    this.transport = transport;
    this.#iceGraceMs = iceGraceMs;
    this.#tellFailure = tellFailure;
    transport.on('icestatechange', (state) => this.#watchIce(state));
    transport.on('dtlsstatechange', (state) => {
      if (state === 'failed' || state === 'closed') this.#fail();
    });
    transport.observer.once('close', () => clearTimeout(this.#graceTimer));
  }

  get id(): string {
    return this.transport.id;
  }

  get isClosed(): boolean {
    return this.transport.closed;
  }

  toInfo(): TransportInfo {
    return transportToWire(this.transport);
  }

  /**
   * Starts DTLS, once: a client's certificate does not change.
   *
   * @throws AppError `invalid_request` for a fingerprint that makes no sense.
   */
  connect(dtlsParameters: DtlsParameters): Promise<void> {
    this.#connecting ??= this.transport
      .connect({ dtlsParameters: dtlsFromWire(dtlsParameters) })
      .catch((error: unknown) => {
        this.#connecting = undefined;
        throw toAppError(error, 'invalid_request');
      });
    return this.#connecting;
  }

  async restartIce(): Promise<IceParameters> {
    try {
      return iceParametersToWire(await this.transport.restartIce());
    } catch (error) {
      throw toAppError(error, 'media_unavailable');
    }
  }

  /** Closes what is produced and consumed over it, too. Idempotent. */
  close(): void {
    this.transport.close();
  }

  #watchIce(state: types.IceState): void {
    clearTimeout(this.#graceTimer);
    if (state === 'disconnected') {
      this.#graceTimer = setTimeout(() => this.#fail(), this.#iceGraceMs);
    }
  }

  #fail(): void {
    clearTimeout(this.#graceTimer);
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#tellFailure();
  }
}
