/** One metric, as Prometheus is told of it. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What it counts or measures, in words. */
  readonly help: string;
  /** Each with few values that are known beforehand: never an id, a name or an address. */
  readonly labels: readonly string[];
  /** Of a histogram: upper bounds, in seconds, rising. */
  readonly buckets?: readonly number[];
}

/** Of a store or a local handler. */
const QUICK = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3, 10];
/** Of what people wait for. */
const WAITED_FOR = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Every metric of Balai, by name: base units, `_total` for what only grows, as Prometheus
 * wants it. The page for operators has them all, and a test compares the two. Metrics of
 * the process itself (`process_…`, `nodejs_…`) come on top.
 */
export const METRICS = {
  balai_info: {
    type: 'gauge',
    help: 'Always 1: which role the process has.',
    labels: ['role'],
  },

  balai_node_free_ratio: {
    type: 'gauge',
    help: 'Share of its media capacity that a process with media workers has left; 0 while it is drained.',
    labels: [],
  },
  balai_node_draining: {
    type: 'gauge',
    help: '1 while a process with media workers takes nobody new, else 0.',
    labels: [],
  },
  balai_workers: {
    type: 'gauge',
    help: 'Media workers of this process that are alive.',
    labels: [],
  },
  balai_workers_configured: {
    type: 'gauge',
    help: 'Media workers that this process is to have.',
    labels: [],
  },
  balai_worker_cpu_ratio: {
    type: 'gauge',
    help: 'Share of one core that a worker took over the last second.',
    labels: ['worker'],
  },
  balai_worker_load_ratio: {
    type: 'gauge',
    help: 'What placement goes by: load of a worker with what is expected of those who just came. 1 is all.',
    labels: ['worker'],
  },
  balai_worker_busy: {
    type: 'gauge',
    help: '1 while newcomers are led to other workers where possible, else 0.',
    labels: ['worker'],
  },
  balai_worker_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of a worker process.',
    labels: ['worker'],
  },
  balai_worker_restarts_total: {
    type: 'counter',
    help: 'How often a worker died and another took its place.',
    labels: ['worker'],
  },
  balai_worker_routers: {
    type: 'gauge',
    help: 'Rooms, or parts of them, on a worker.',
    labels: ['worker'],
  },
  balai_worker_transports: {
    type: 'gauge',
    help: 'Connections to clients: up to two for each participant.',
    labels: ['worker'],
  },
  balai_worker_consumers: {
    type: 'gauge',
    help: 'Tracks on their way to clients, those that are held back included.',
    labels: ['worker'],
  },
  balai_worker_pipes: {
    type: 'gauge',
    help: 'Tracks that come to a worker from other workers, of this node and others.',
    labels: ['worker'],
  },
  balai_worker_receive_bytes_per_second: {
    type: 'gauge',
    help: 'Media from clients and other nodes, each connection as it was within the last half minute.',
    labels: ['worker'],
  },
  balai_worker_transmit_bytes_per_second: {
    type: 'gauge',
    help: 'Media to clients and other nodes, each connection as it was within the last half minute.',
    labels: ['worker'],
  },
  balai_placements_total: {
    type: 'counter',
    help: 'Newcomers for whom a worker was looked for. Outcome: start, room, spill or crowded where there was one, full or draining where not.',
    labels: ['outcome'],
  },
  balai_node_placements_total: {
    type: 'counter',
    help: 'Newcomers, and people on nodes that drain, for whom a media node was looked for. Outcome: start, room, spill or crowded where there was one, full, draining, no_place, or contended where others were quicker, where not.',
    labels: ['outcome'],
  },
  balai_moves_total: {
    type: 'counter',
    help: 'People whose media was to move to another node. Outcome: moved, delayed where there was no place yet, timed_out, failed, or rejoined for clients that cannot follow.',
    labels: ['outcome'],
  },

  balai_nodes: {
    type: 'gauge',
    help: 'Media nodes that this process knows: ready, draining, or away, which a node is for three seconds at most: then it is lost.',
    labels: ['state'],
  },
  balai_rooms: {
    type: 'gauge',
    help: 'Rooms in which somebody is whose signalling this process serves.',
    labels: [],
  },
  balai_participants: {
    type: 'gauge',
    help: 'People whose signalling this process serves, those whose socket is lost and may come back included.',
    labels: [],
  },
  balai_tracks: {
    type: 'gauge',
    help: 'What these people publish.',
    labels: ['source'],
  },
  balai_signalling_connections: {
    type: 'gauge',
    help: 'Open WebSockets, in rooms and outside.',
    labels: [],
  },
  balai_joins_total: {
    type: 'counter',
    help: 'Joins that were answered. Code: ok, or the code of the refusal.',
    labels: ['code'],
  },
  balai_join_phase_duration_seconds: {
    type: 'histogram',
    help: 'How long the phases of a join took that came to an end: token, room, seat, entrance, media; and all, without the time in a lobby.',
    labels: ['phase'],
    buckets: WAITED_FOR,
  },
  balai_stay_suspensions_total: {
    type: 'counter',
    help: 'Sockets in rooms that were lost.',
    labels: [],
  },
  balai_stay_resumptions_total: {
    type: 'counter',
    help: 'People who came back over another socket in time.',
    labels: [],
  },
  balai_media_lost_participants_total: {
    type: 'counter',
    help: 'People whose media was lost with a worker or a node.',
    labels: [],
  },
  balai_transport_failures_total: {
    type: 'counter',
    help: 'Media connections that were given up because the client did not answer any more.',
    labels: [],
  },
  balai_signalling_requests_total: {
    type: 'counter',
    help: 'Requests over signalling sockets, with what they were answered: ok, or the code of the error.',
    labels: ['method', 'code'],
  },
  balai_signalling_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests over signalling sockets took that reached their handler.',
    labels: ['method'],
    buckets: QUICK,
  },
  balai_http_requests_total: {
    type: 'counter',
    help: 'Requests over HTTP. Route: the path with placeholders; other for files and what there is not.',
    labels: ['method', 'route', 'status'],
  },
  balai_http_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests over HTTP took, until the last byte of the answer was handed on.',
    labels: ['method', 'route'],
    buckets: WAITED_FOR,
  },

  balai_redis_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to Redis took. Outcome: ok, unavailable or failed.',
    labels: ['outcome'],
    buckets: QUICK,
  },
  balai_postgres_transaction_duration_seconds: {
    type: 'histogram',
    help: 'How long transactions took, the wait for a connection included. Outcome: ok, unavailable, timeout, or failed, which rolled back.',
    labels: ['outcome'],
    buckets: QUICK,
  },
  balai_postgres_connections: {
    type: 'gauge',
    help: 'Connections to PostgreSQL that this process has, in use (busy) or not (idle).',
    labels: ['state'],
  },
  balai_postgres_waiting: {
    type: 'gauge',
    help: 'Transactions that wait for a connection to PostgreSQL.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

/** Name of a metric in {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

type NameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;

/** A value for each label of a metric. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in (typeof METRICS)[Name]['labels'][number]]: string;
};
