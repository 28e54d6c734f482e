import { readConfiguration } from '../configuration.ts';
import {
  chromiumNeed,
  coturnNeed,
  ensureSystemPackages,
  firefoxNeed,
  networksNeed,
  pgBouncerNeed,
  promtoolNeed,
  redisNeed,
} from '../system-packages.ts';
import { prepareBuild } from '../worker/build.ts';
import { findWorker } from '../worker/worker.ts';

/** Installs and builds what the tests need from the machine; the media worker's path. */
export async function ensureTestMachine(signal: AbortSignal): Promise<string> {
  const { MEDIASOUP_WORKER_BIN } = process.env;
  // Of the user's configuration only this one is for tests as well.
  const { workerBin } = readConfiguration(MEDIASOUP_WORKER_BIN ? { MEDIASOUP_WORKER_BIN } : {});
  const found = await findWorker(workerBin, signal);
  const build = found ? undefined : await prepareBuild(signal);
  const needs = [
    redisNeed,
    chromiumNeed,
    firefoxNeed,
    pgBouncerNeed,
    coturnNeed,
    promtoolNeed,
    networksNeed,
    ...(build?.needs ?? []),
  ];
  await ensureSystemPackages(needs, signal);
  return found ?? (await (build as NonNullable<typeof build>).run(signal));
}
