import type { TransportId } from '@balai/protocol';
import type { Stay } from './stay.ts';

/**
 * Stays whose socket was lost, and that wait for another one. Media flows on, and
 * nobody hears that they left. A stay waits until its grace ends, or until its media is lost
 * as well, because then there is nothing left to go on with.
 */
export class Suspensions {
  readonly #end: (stay: Stay) => void;
  readonly #suspended = new Map<Stay, NodeJS.Timeout>();
  readonly #lostTransports = new WeakMap<Stay, Set<TransportId>>();

  /** @param end Ends a stay that nobody came back for. */
  constructor(end: (stay: Stay) => void) {
    this.#end = end;
  }

  has(stay: Stay): boolean {
    return this.#suspended.has(stay);
  }

  /** The stay waits from now on; it ends at once where it has nothing to wait with. */
  begin(stay: Stay): void {
    this.finish(stay);
    const { graceMs } = stay.connection;
    if (graceMs === 0 || this.#isMediaLost(stay)) {
      this.#end(stay);
      return;
    }
    const timer = setTimeout(() => this.#end(stay), graceMs);
    this.#suspended.set(stay, timer);
  }

  /** The stay waits no more: its client is back, or it is over. */
  finish(stay: Stay): void {
    clearTimeout(this.#suspended.get(stay));
    this.#suspended.delete(stay);
  }

  /** The client cannot be reached over a transport. */
  transportLost(stay: Stay, transportId: TransportId): void {
    const lost = this.#lostTransports.get(stay) ?? new Set();
    this.#lostTransports.set(stay, lost.add(transportId));
    if (this.has(stay) && this.#isMediaLost(stay)) {
      this.finish(stay);
      this.#end(stay);
    }
  }

  /** The client connects a transport anew. */
  transportRestarted(stay: Stay, transportId: TransportId): void {
    this.#lostTransports.get(stay)?.delete(transportId);
  }

  #isMediaLost(stay: Stay): boolean {
    const lost = this.#lostTransports.get(stay);
    const { send, receive } = stay.transports;
    return (
      lost !== undefined &&
      [send, receive].every((transport) => transport === null || lost.has(transport.transportId))
    );
  }
}
