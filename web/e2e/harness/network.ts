import { execFileSync } from 'node:child_process';
import { onlyWhere } from '../../../server/test/only-where.ts';

/** A network with one machine on it, which reaches the tests' machine over a cable that can be cut. */
export interface TestNetwork {
  /** Name of the namespace. */
  readonly name: string;
  /** Under which the tests' machine is reached from there. */
  readonly hostAddress: string;
  /** Swallows every packet in both directions, without a word. */
  cut(): void;
  mend(): void;
  /** Swallows every UDP packet in both directions, as some offices do. */
  blockUdp(): void;
  /**
   * Lets what is sent to the machine through at this pace at most, as a narrow line does:
   * first it waits in a queue, and then it is lost. Until `widen`.
   *
   * @param kbit In 1,000 bits per second.
   */
  shape(kbit: number): void;
  widen(): void;
  /** Gives the machine another address, as when a laptop changes networks. */
  changeAddress(): void;
  close(): void;
}

function canMakeNetworks(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    run('ip netns list');
    run('nft list tables');
    run('tc qdisc show dev lo');
    return true;
  } catch {
    // One of them is missing, or not allowed here.
    return false;
  }
}

/** Options of tests that make networks: not every machine lets them. */
export const whereNetworksAreMade = onlyWhere(
  canMakeNetworks(),
  'Linux, root, `ip` and `tc` (iproute2) and `nft` (nftables)',
);

let made = 0;

/** The caller closes it. */
export function makeNetwork(): TestNetwork {
  made += 1;
  const id = `${process.pid % 10_000}${made}`;
  const name = `balai-${id}`;
  const [outer, inner] = [`bo${id}`, `bi${id}`];
  const subnet = `10.${100 + (process.pid % 100)}.${made}`;
  let lastHost = 2;
  run(`ip netns add ${name}`);
  const inside = (command: string) => run(`ip netns exec ${name} ${command}`);
  const mend = () => inside('nft flush ruleset');
  /** @param what Of the packets over the cable. */
  const drop = (what: string) => {
    inside('nft add table inet cut');
    for (const [chain, direction] of [
      ['input', 'iifname'],
      ['output', 'oifname'],
    ]) {
      inside(`nft add chain inet cut ${chain} { type filter hook ${chain} priority 0 ; }`);
      inside(`nft add rule inet cut ${chain} ${direction} ${inner}${what} drop`);
    }
  };
  run(`ip link add ${outer} type veth peer name ${inner} netns ${name}`);
  run(`ip addr add ${subnet}.1/24 dev ${outer}`);
  run(`ip link set ${outer} up`);
  inside(`ip addr add ${subnet}.${lastHost}/24 dev ${inner}`);
  inside('ip link set lo up');
  inside(`ip link set ${inner} up`);
  inside(`ip route add default via ${subnet}.1`);
  return {
    name,
    hostAddress: `${subnet}.1`,
    mend,
    cut: () => drop(''),
    blockUdp: () => drop(' meta l4proto udp'),
    shape: (kbit) =>
      run(`tc qdisc replace dev ${outer} root tbf rate ${kbit}kbit burst 10kb latency 300ms`),
    widen: () => run(`tc qdisc del dev ${outer} root`),
    changeAddress() {
      inside(`ip addr del ${subnet}.${lastHost}/24 dev ${inner}`);
      lastHost += 1;
      inside(`ip addr add ${subnet}.${lastHost}/24 dev ${inner}`);
      inside(`ip route add default via ${subnet}.1`);
    },
    close() {
      run(`ip link del ${outer}`);
      run(`ip netns del ${name}`);
    },
  };
}

function run(command: string): void {
  const [program = '', ...args] = command.split(' ');
  execFileSync(program, args, { stdio: 'pipe' });
}
