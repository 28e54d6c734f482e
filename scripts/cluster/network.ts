/** Where the members of a cluster live on this machine. */
export interface ClusterNetwork {
  /** Address of this process, as members reach it. */
  readonly hostAddress: string;
  /** Makes a place for a member, which is there until `close`. */
  place(name: string): Promise<Place>;
  /** Idempotent. Members have ended before. */
  close(): Promise<void>;
}

/** The place of one member. */
export interface Place {
  /** IPv4, as this process and the other members reach it. */
  readonly address: string;
  /** Whether other members have the same address: then each needs ports of its own. */
  readonly isShared: boolean;
  /** Name of the network namespace; undefined: that of this process. */
  readonly namespace: string | undefined;
  /** Words before a command that is to run there. */
  readonly prefix: readonly string[];
  /** Takes the cable out: nothing comes through any more, and nobody is told. @throws Error without a namespace. */
  cut(): Promise<void>;
  /** Puts it in again. */
  heal(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** All members at the loopback address. */
export function loopbackNetwork(): ClusterNetwork {
  const cannot = (): never => {
    throw new Error('only a member in a network namespace of its own can be cut off: --netns');
  };
  return {
    hostAddress: LOOPBACK,
    place: async () => ({
      address: LOOPBACK,
      isShared: true,
      namespace: undefined,
      prefix: [],
      cut: async () => cannot(),
      heal: async () => cannot(),
    }),
    close: async () => undefined,
  };
}
