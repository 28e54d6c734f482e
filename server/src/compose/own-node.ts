import { hostname, networkInterfaces } from 'node:os';
import type { OwnNode } from '../features/nodes/process-nodes.ts';
import type { Logger } from '../kernel/logger.ts';
import { reachableAddresses } from '../media/local/listen-infos.ts';
import type { Config } from './config.ts';

export interface OwnNodeOptions {
  readonly config: Pick<Config, 'announcedAddress' | 'workerCount'>;
  /** The port that the server listens on. Asked once it does. */
  readonly port: () => number;
  /** A server that stops is drained, too. */
  readonly isStopping: () => boolean;
  readonly logger: Logger;
}

/** This process as a media node: several on one machine differ by their ports. */
export function createOwnNode({ config, port, isStopping, logger }: OwnNodeOptions): OwnNode {
  const { announcedAddress, workerCount } = config;
  let isDrained = false;
  return {
    nodeId: () => `${hostname()}:${port()}`,
    region: null,
    labels: {},
    addresses:
      announcedAddress === undefined ? reachableAddresses(networkInterfaces()) : [announcedAddress],
    cores: workerCount,
    isDraining: () => isDrained || isStopping(),
    isDrained: () => isDrained,
    setDraining(isDraining) {
      isDrained = isDraining;
      logger.info({ isDraining }, 'an operator said whether people may come here');
    },
  };
}
