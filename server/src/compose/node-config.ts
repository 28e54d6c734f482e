import { isIP, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { z } from 'zod';
import { reachableAddresses } from '../media/local/listen-infos.ts';
import type { NODE_OPTIONS, ROLES } from './node-options.ts';

/** What a process is. */
export type Role = (typeof ROLES)[number];

/** What each variable of {@link NODE_OPTIONS} reads as. */
type NodeOptionValues = {
  [Name in keyof typeof NODE_OPTIONS]: z.output<(typeof NODE_OPTIONS)[Name]['schema']>;
};

/** Files of a certificate and its private key. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** How a control replica takes media nodes. */
export interface NodesDoorConfig {
  readonly nodeKey: string;
  /** Undefined: on the main port. 0 takes any free one. */
  readonly port: number | undefined;
  /** Undefined: plain HTTP. */
  readonly tls: (CertificateFiles & { readonly clientCaPath: string | undefined }) | undefined;
}

/** What a media node is, and whom it belongs to. */
export interface NodeConfig {
  readonly nodeKey: string;
  /** Origins. */
  readonly controlUrls: readonly string[];
  readonly nodeId: string;
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** What it shows. */
  readonly certificate: CertificateFiles | undefined;
  /** Whom it trusts; undefined: whom Node.js does. */
  readonly caPath: string | undefined;
  /** For people to go elsewhere when it is to stop. */
  readonly drainTimeoutMs: number;
}

/** The parts of the configuration that are about clusters. */
export interface ClusterConfig {
  readonly role: Role;
  /** Undefined: no media nodes. Always there with the role `control`. */
  readonly nodesDoor: NodesDoorConfig | undefined;
  /** There with the role `media`. */
  readonly node: NodeConfig | undefined;
  /** Of the clients of a control replica. */
  readonly region: string | undefined;
  /** Where media is exchanged with other nodes, as far as that was said. */
  readonly pipe: {
    readonly listenIp: string | undefined;
    readonly announcedAddress: string | undefined;
  };
}

/** Reads what was checked one by one, and finds what does not go together. */
export function readClusterConfig(
  values: Partial<NodeOptionValues>,
  faults: string[],
): ClusterConfig {
  const { BALAI_ROLE: role = 'all', BALAI_NODE_KEY: nodeKey } = values;
  // A value that was read wrongly has its own fault.
  const isMissing = (name: keyof NodeOptionValues) =>
    values[name] === undefined && !faults.some((fault) => fault.startsWith(`${name} `));
  if (role === 'media') {
    if (isMissing('BALAI_NODE_KEY')) {
      faults.push('BALAI_NODE_KEY is required for a media node: that of its control replicas');
    }
    if (isMissing('BALAI_CONTROL_URLS')) {
      faults.push('BALAI_CONTROL_URLS is required for a media node');
    }
  } else if (role === 'control' && isMissing('BALAI_NODE_KEY')) {
    faults.push('BALAI_NODE_KEY is required with BALAI_ROLE control: media is on nodes only');
  }
  return {
    role,
    nodesDoor: role === 'media' ? undefined : readNodesDoor(values, faults),
    node:
      role === 'media' && nodeKey !== undefined
        ? {
            nodeKey,
            controlUrls: values.BALAI_CONTROL_URLS ?? [],
            nodeId: values.BALAI_NODE_ID ?? hostname(),
            region: values.BALAI_NODE_REGION ?? null,
            labels: values.BALAI_NODE_LABELS ?? {},
            drainTimeoutMs: (values.BALAI_DRAIN_TIMEOUT_S ?? 120) * 1_000,
            certificate: pairFiles(values, 'BALAI_NODE_TLS_CERT', 'BALAI_NODE_TLS_KEY', faults),
            caPath: values.BALAI_NODE_TLS_CA,
          }
        : undefined,
    region: values.BALAI_REGION,
    pipe: {
      listenIp: values.BALAI_PIPE_LISTEN_IP,
      announcedAddress: values.BALAI_PIPE_ANNOUNCED_ADDRESS,
    },
  };
}

/**
 * Where the links of a node end. Without a word about it, behind the address that clients are
 * told, or at the first of the machine's own.
 */
export function linkAddress(config: {
  readonly pipe: ClusterConfig['pipe'];
  readonly announcedAddress: string | undefined;
}): { readonly listenIp: string; readonly announcedAddress: string | undefined } {
  const { listenIp, announcedAddress } = config.pipe;
  if (listenIp !== undefined) return { listenIp, announcedAddress };
  const announced = announcedAddress ?? config.announcedAddress;
  // Nodes do not look names up for each other.
  if (announced !== undefined && isIP(announced) !== 0) {
    return { listenIp: isIPv6(announced) ? '::' : '0.0.0.0', announcedAddress: announced };
  }
  const [first = '127.0.0.1'] = reachableAddresses(networkInterfaces());
  return { listenIp: first, announcedAddress };
}

function readNodesDoor(
  values: Partial<NodeOptionValues>,
  faults: string[],
): NodesDoorConfig | undefined {
  const port = values.BALAI_NODES_PORT;
  const clientCaPath = values.BALAI_NODES_TLS_CLIENT_CA;
  const files = pairFiles(values, 'BALAI_NODES_TLS_CERT', 'BALAI_NODES_TLS_KEY', faults);
  if (files !== undefined && port === undefined) {
    faults.push('BALAI_NODES_PORT is required where BALAI_NODES_TLS_CERT is set');
  }
  if (clientCaPath !== undefined && values.BALAI_NODES_TLS_CERT === undefined) {
    faults.push('BALAI_NODES_TLS_CERT is required where BALAI_NODES_TLS_CLIENT_CA is set');
  }
  const nodeKey = values.BALAI_NODE_KEY;
  if (nodeKey === undefined) {
    if (port !== undefined && !faults.some((fault) => fault.startsWith('BALAI_NODE_KEY '))) {
      faults.push('BALAI_NODE_KEY is required where BALAI_NODES_PORT is set');
    }
    return undefined;
  }
  return { nodeKey, port, tls: files && { ...files, clientCaPath } };
}

function pairFiles(
  values: Partial<NodeOptionValues>,
  certName: 'BALAI_NODE_TLS_CERT' | 'BALAI_NODES_TLS_CERT',
  keyName: 'BALAI_NODE_TLS_KEY' | 'BALAI_NODES_TLS_KEY',
  faults: string[],
): CertificateFiles | undefined {
  const { [certName]: certPath, [keyName]: keyPath } = values;
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  if (certPath !== undefined) faults.push(`${keyName} is required where ${certName} is set`);
  if (keyPath !== undefined) faults.push(`${certName} is required where ${keyName} is set`);
  return undefined;
}
