import { pino } from 'pino';
import { createLocalMediaPlane } from '../media/local/local-media-plane.ts';
import { describeMediaPlane } from '../media/media-plane.contract.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import { nodeAt, startNode, startReplica } from './test-nodes.ts';

/** A node with its own workers, seen over a socket; closing it ends the node as well. */
async function startRemotePlane(options: {
  readonly workerCount: number;
  readonly maxOutgoingBitrateBps?: number;
}): Promise<MediaPlane> {
  const media = await createLocalMediaPlane({
    workerBin: process.env['MEDIASOUP_WORKER_BIN'],
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger: pino({ level: 'silent' }),
    ...options,
  });
  const replica = await startReplica(media.getRouterCapabilities());
  const node = await startNode({ media, urls: [replica.url] });
  const remote = await nodeAt(replica);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await remote.close();
    node.close();
    await Promise.all([replica.close(), media.close()]);
  };
  return {
    ...remote,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

describeMediaPlane('a media node behind a socket', startRemotePlane);
