import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from './load.ts';
import type { Subject } from './subject.ts';

/** What a server did while media flowed. */
export type Window = {
  /** Packets forwarded a second, as they arrived. */
  readonly packetsPerSecond: number;
  readonly megabitsPerSecond: number;
  /** Microseconds of processor time for each, workers and control plane together. */
  readonly usPerPacket: number;
  /** Shares of one core. */
  readonly workerCores: number;
  readonly controlCores: number;
  /** Share of packets that did not arrive: above a thousandth the clients were too slow, or the server. */
  readonly lossShare: number;
};

/** Watches server and clients for some seconds. */
export async function measureWindow(
  subject: Subject,
  load: Load,
  seconds: number,
): Promise<Window> {
  const [before, timeBefore, startedAt] = [
    await load.run('counts', null),
    subject.readTime(),
    performance.now(),
  ];
  await delay(seconds * 1_000);
  const [after, timeAfter, endedAt] = [
    await load.run('counts', null),
    subject.readTime(),
    performance.now(),
  ];
  const elapsedUs = (endedAt - startedAt) * 1_000;
  const workersUs = timeAfter.workersUs - timeBefore.workersUs;
  const controlUs = timeAfter.controlUs - timeBefore.controlUs;
  const packets = after.received - before.received;
  const lost = after.lost - before.lost;
  return {
    packetsPerSecond: packets / (elapsedUs / 1e6),
    megabitsPerSecond: ((after.bytes - before.bytes) * 8) / elapsedUs,
    usPerPacket: (workersUs + controlUs) / packets,
    workerCores: workersUs / elapsedUs,
    controlCores: controlUs / elapsedUs,
    lossShare: lost / (packets + lost),
  };
}
