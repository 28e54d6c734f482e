import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { NodeGreeting } from '../cluster/control-link.ts';
import { ControlLinks } from '../cluster/control-links.ts';
import { NodeHost } from '../cluster/node-host.ts';
import { NODE_PROTOCOL_VERSION } from '../cluster/wire.ts';
import { fingerprintOf } from '../cluster/wire-schemas.ts';
import type { Logger } from '../kernel/logger.ts';
import { reachableAddresses } from '../media/local/listen-infos.ts';
import { createLocalMediaPlane } from '../media/local/local-media-plane.ts';
import { readWorkers } from '../metrics/media-reader.ts';
import { metricsPage } from '../metrics/metrics-page.ts';
import { createPrometheusMetrics } from '../metrics/prometheus-metrics.ts';
import type { MediaNodeConfig } from './config.ts';
import { createHttpServer } from './http-server.ts';
import { Leaving } from './leaving.ts';
import { openMetricsPort } from './metrics-server.ts';
import { linkAddress } from './node-config.ts';
import { nodeHealth } from './node-health.ts';
import { readTlsFiles } from './node-tls.ts';
import { type RunningServer, startInOrder, toUrlHost } from './running-server.ts';

/**
 * Starts a media node: workers, sockets to the control replicas, and a port on which
 * supervisors ask how it does. It is ready when its workers are, whether control replicas
 * are there yet or not.
 *
 * @throws Error whose message, with that of its cause, tells people what to do.
 * What had been started by then is closed again.
 */
export async function startMediaNode(
  config: MediaNodeConfig,
  logger: Logger,
): Promise<RunningServer> {
  const leaving = new Leaving(config.node.drainTimeoutMs, logger);
  const running = await startInOrder(logger, async (opened) => {
    const metrics = createPrometheusMetrics(logger);
    const { node, workerBin, workerCount, rtcPort, announcedAddress, placementLimits } = config;
    const tls = await readTlsFiles(node.certificate, node.caPath);
    const media = await createLocalMediaPlane({
      workerBin,
      workerCount,
      rtcPort,
      announcedAddress,
      placementLimits,
      links: linkAddress(config),
      metrics,
      logger,
    });
    opened.push(['the media plane', () => media.close()]);
    const host = new NodeHost({ media, logger });
    opened.push(['the people of this node', async () => host.close()]);
    leaving.watch(host);
    opened.push(['watching who is left', async () => leaving.close()]);
    const bootId = randomUUID();
    const hello = (): NodeGreeting => ({
      protocol: NODE_PROTOCOL_VERSION,
      nodeKey: node.nodeKey,
      nodeId: node.nodeId,
      bootId,
      region: node.region,
      labels: node.labels,
      addresses:
        announcedAddress === undefined
          ? reachableAddresses(networkInterfaces())
          : [announcedAddress],
      capacity: { cores: workerCount },
      workers: host.workerCount,
      routerFingerprint: fingerprintOf(media.getRouterCapabilities()),
    });
    const links = new ControlLinks({ urls: node.controlUrls, hello, tls, host, logger });
    const http = createHttpServer(
      nodeHealth({
        hasWorkers: () => host.workerCount > 0,
        hasControl: () => !links.isCutOff,
        isDraining: () => host.isDraining,
        nodeKey: node.nodeKey,
        drain: () => leaving.begin(),
        metricsPage:
          config.metrics.token === undefined
            ? undefined
            : metricsPage(metrics, config.metrics.token),
      }),
    );
    opened.push(
      ['HTTP', () => http.close()],
      ['the sockets to control replicas', async () => links.close()],
    );
    metrics.read((tell) => tell('balai_info', { role: 'media' }, 1));
    readWorkers(metrics, {
      getLoad: () => media.getLoad(),
      workerCount,
      isDraining: () => host.isDraining,
    });
    opened.push(['the metrics', await openMetricsPort(config.metrics, metrics)]);
    await host.report();
    const port = await http.listen(config.port, config.host);
    await links.start();
    return `http://${toUrlHost(config.host)}:${port}`;
  });
  return { ...running, drain: () => leaving.drain(), done: leaving.done };
}
