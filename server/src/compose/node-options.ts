import { z } from 'zod';
import { listOf, origin, wholeNumber } from './option-schemas.ts';
import { option } from './option-spec.ts';

/** What a process can be. */
export const ROLES = ['all', 'control', 'media'] as const;

const filePath = z.string();
const region = z.string().regex(/^[\w.:-]{1,100}$/, 'must be letters, digits and . _ : -');

/** `a=b` between commas. */
const labels = listOf(
  z.string().regex(/^[\w./-]{1,100}=[\w./:-]{0,200}$/, 'must be a=b,c=d: names and values'),
)
  .refine((pairs) => pairs.length <= 50, 'must be at most 50 labels')
  .transform((pairs) =>
    Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])),
  );

/** The options of a cluster: control replicas and media nodes. */
export const NODE_OPTIONS = {
  BALAI_ROLE: option({
    type: 'all, control or media',
    default: 'all',
    reason:
      'What this process is: control and media in one, control only (API, signalling, stores), or a media node, which needs neither database nor Redis and connects to the control replicas by itself. npm start -- --role media sets it.',
    example: 'media',
    schema: z.enum(ROLES, { error: 'must be all, control or media' }).default('all'),
  }),
  BALAI_NODE_KEY: option({
    type: 'text of at least 32 characters, the same everywhere',
    default: 'none: no media nodes',
    reason:
      'Who has it is a media node of this deployment. Control replicas take nodes only with it, and a media node needs it.',
    example: 'a-long-random-text-of-32-characters-or-more',
    schema: z
      .string()
      .min(32, 'must have at least 32 characters')
      .max(1_000, 'must have at most 1000 characters')
      .optional(),
  }),
  BALAI_CONTROL_URLS: option({
    type: 'origins of control replicas between commas',
    default: 'none; a media node needs one',
    reason:
      'Where a media node finds the control replicas. It connects to every address behind each name and looks the names up again every 5 s, so one name of all replicas is enough. A load balancer that leads to one replica at a time is not.',
    example: 'http://balai-control.internal:3000',
    schema: listOf(origin).optional(),
  }),
  BALAI_NODE_ID: option({
    type: '1 to 100 letters, digits and . _ : -',
    default: 'the host name',
    reason: 'What a media node is called. Two that are there at once must not have the same.',
    example: 'media-1',
    schema: z
      .string()
      .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and . _ : -')
      .optional(),
  }),
  BALAI_NODE_REGION: option({
    type: 'a name',
    default: 'none: near to everybody',
    reason: 'Where a media node stands. People are placed in their own region where they can be.',
    example: 'eu-central',
    schema: region.optional(),
  }),
  BALAI_NODE_LABELS: option({
    type: 'a=b between commas',
    default: 'none',
    reason: 'What else is to be known of a media node, for those who look at the list of nodes.',
    example: 'rack=7,disk=ssd',
    schema: labels.default({}),
  }),
  BALAI_NODE_TLS_CERT: option({
    type: 'path of a PEM file',
    default: 'none',
    reason:
      'The certificate that a media node shows to control replicas that ask for one. Goes with BALAI_NODE_TLS_KEY.',
    example: '/etc/balai/node.crt',
    schema: filePath.optional(),
  }),
  BALAI_NODE_TLS_KEY: option({
    type: 'path of a PEM file',
    default: 'none',
    reason: 'The private key of BALAI_NODE_TLS_CERT.',
    example: '/etc/balai/node.key',
    schema: filePath.optional(),
  }),
  BALAI_NODE_TLS_CA: option({
    type: 'path of a PEM file',
    default: 'the authorities that Node.js knows',
    reason:
      'Whose certificates a media node takes for those of control replicas, when BALAI_CONTROL_URLS begin with https://.',
    example: '/etc/balai/ca.crt',
    schema: filePath.optional(),
  }),
  BALAI_DRAIN_TIMEOUT_S: option({
    type: 'whole number of seconds, 0 to 3600',
    default: '120',
    reason:
      'How long a media node that is to stop (SIGTERM, or balai drain before it) waits for its people to be moved to other nodes. Then it stops anyway, and whoever is left joins anew. Give its supervisor half a minute more than that before it kills.',
    example: '120',
    schema: wholeNumber(0, 3_600).default(120),
  }),
  BALAI_PIPE_LISTEN_IP: option({
    type: 'IP address',
    default: 'with BALAI_ANNOUNCED_ADDRESS every one, else the first of the machine',
    reason:
      'On which of its addresses a process with workers exchanges media with other nodes, encrypted, over UDP. Best on a network of their own.',
    example: '10.0.0.5',
    schema: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).optional(),
  }),
  BALAI_PIPE_ANNOUNCED_ADDRESS: option({
    type: 'IP address',
    default: 'BALAI_PIPE_LISTEN_IP, else BALAI_ANNOUNCED_ADDRESS',
    reason: 'Where other nodes reach that address, if it is another one to them.',
    example: '10.0.0.5',
    schema: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).optional(),
  }),
  BALAI_REGION: option({
    type: 'a name',
    default: 'none: every node is as near',
    reason:
      'Where the clients of a control replica are: they are placed on nodes with the same BALAI_NODE_REGION where they can be.',
    example: 'eu-central',
    schema: region.optional(),
  }),
  BALAI_NODES_PORT: option({
    type: 'TCP port; 0 takes any free one',
    default: 'none: media nodes come to PORT',
    reason:
      'A port of its own for media nodes, so that the internet reaches only PORT. With it media nodes may come over TLS.',
    example: '3001',
    schema: wholeNumber(0, 65_535).optional(),
  }),
  BALAI_NODES_TLS_CERT: option({
    type: 'path of a PEM file',
    default: 'none: plain HTTP on BALAI_NODES_PORT',
    reason:
      'The certificate that control replicas show to media nodes on BALAI_NODES_PORT. Goes with BALAI_NODES_TLS_KEY.',
    example: '/etc/balai/control.crt',
    schema: filePath.optional(),
  }),
  BALAI_NODES_TLS_KEY: option({
    type: 'path of a PEM file',
    default: 'none',
    reason: 'The private key of BALAI_NODES_TLS_CERT.',
    example: '/etc/balai/control.key',
    schema: filePath.optional(),
  }),
  BALAI_NODES_TLS_CLIENT_CA: option({
    type: 'path of a PEM file',
    default: 'none: nodes show no certificate',
    reason:
      'Mutual TLS: on BALAI_NODES_PORT only those are heard who show a certificate of this authority. They need the key as well.',
    example: '/etc/balai/ca.crt',
    schema: filePath.optional(),
  }),
} as const;
