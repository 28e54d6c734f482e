import { type ReceivedRtp, readRtp } from './rtp-packet.ts';

/** For media that flow at once, on a machine that is busy with something else. */
const TIMEOUT_MS = 10_000;

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

/** Counts the RTP that arrives, stream by stream, and tells when there is enough of it. */
export class RtpInbox {
  readonly #packets = new Map<number, number>();
  readonly #latest = new Map<number, ReceivedRtp>();
  readonly #waiters = new Set<Waiter>();

  /** Takes a packet from a pipe; RTCP is passed over. */
  add(packet: Buffer): void {
    const rtp = readRtp(packet);
    if (rtp === undefined) return;
    this.#packets.set(rtp.ssrc, this.count(rtp.ssrc) + 1);
    this.#latest.set(rtp.ssrc, rtp);
    for (const waiter of [...this.#waiters]) {
      if (!waiter.isDone()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** How many packets of a stream have come. */
  count(ssrc: number): number {
    return this.#packets.get(ssrc) ?? 0;
  }

  /** The last packet of a stream. */
  findLatest(ssrc: number): ReceivedRtp | undefined {
    return this.#latest.get(ssrc);
  }

  /** Waits for so many packets of a stream more than there are now. */
  async waitForMore(ssrc: number, packets: number, timeoutMs = TIMEOUT_MS): Promise<void> {
    const goal = this.count(ssrc) + packets;
    const what = `${packets} more RTP packets of SSRC ${ssrc}`;
    await this.waitUntil(() => this.count(ssrc) >= goal, what, timeoutMs);
  }

  /** Waits until arriving packets make something true. Rejects when the time is up. */
  waitUntil(isDone: () => boolean, what: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        isDone,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const counts = JSON.stringify(Object.fromEntries(this.#packets));
        reject(new Error(`within ${timeoutMs} ms came not ${what}; packets by SSRC: ${counts}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }
}
