import { pino } from 'pino';
import type { LocalMediaPlaneOptions } from './local-media-plane.ts';

/** A quiet plane with one worker at any free port of this machine, for tests. */
export const TEST_WORKERS: Pick<
  LocalMediaPlaneOptions,
  'workerBin' | 'workerCount' | 'rtcPort' | 'listenAddresses' | 'logger'
> = {
  workerBin: process.env['MEDIASOUP_WORKER_BIN'],
  workerCount: 1,
  rtcPort: 0,
  listenAddresses: ['127.0.0.1'],
  logger: pino({ level: 'silent' }),
};
