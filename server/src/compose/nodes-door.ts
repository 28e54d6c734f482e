import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createNodesGate, type NodesGate, type NodesGateOptions } from '../cluster/nodes-gate.ts';
import type { NodesDoorConfig } from './node-config.ts';
import { readTlsFiles } from './node-tls.ts';

export interface NodesDoorOptions extends Omit<NodesGateOptions, 'server' | 'nodeKey'> {
  readonly config: NodesDoorConfig;
  /** What the main port is served by. */
  readonly mainServer: HttpServer;
  /** Undefined listens on every address. */
  readonly host: string | undefined;
}

/** Where media nodes come in, and on which port. */
export interface NodesDoor {
  readonly gate: NodesGate;
  /** Its own; undefined: the main one. */
  readonly port: number | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Takes media nodes on the main port or on their own one.
 *
 * @throws Error for people, in one line, where a file or the port cannot be had.
 */
export async function openNodesDoor(options: NodesDoorOptions): Promise<NodesDoor> {
  const { config, mainServer, host, ...gateOptions } = options;
  const { nodeKey, port } = config;
  if (port === undefined) {
    const gate = createNodesGate({ ...gateOptions, server: mainServer, nodeKey });
    return { gate, port, close: () => gate.close() };
  }
  const server = await createServer(config.tls);
  const gate = createNodesGate({ ...gateOptions, server, nodeKey });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(new Error(`BALAI_NODES_PORT ${port} cannot be opened`, { cause: error })),
      );
      server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
  } catch (error) {
    await gate.close();
    throw error;
  }
  return {
    gate,
    port: (server.address() as AddressInfo).port,
    async close() {
      await gate.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function createServer(tls: NodesDoorConfig['tls']): Promise<HttpServer | HttpsServer> {
  const nothing = (
    _request: unknown,
    response: { writeHead(status: number): unknown; end(): unknown },
  ) => {
    response.writeHead(404);
    response.end();
  };
  if (tls === undefined) return createHttp(nothing);
  const asksForCertificate = tls.clientCaPath !== undefined;
  return createHttps(
    {
      ...(await readTlsFiles(tls, tls.clientCaPath)),
      minVersion: 'TLSv1.2',
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate,
    },
    nothing,
  );
}
