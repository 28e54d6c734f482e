/**
 * Network namespaces for the members of a cluster, with iproute2: one bridge for each
 * cluster, and a pair of virtual devices between it and each namespace.
 */
import { networkInterfaces } from 'node:os';
import { acquireLock } from '../setup/lock.mjs';
import { findProcess, isAlive, type SeenProcess, stopProcesses } from '../setup/processes.ts';
import { findProgram, output, RunError, run } from '../setup/run.ts';
import { SetupError } from '../setup/say.ts';
import type { ClusterNetwork, Place } from './network.ts';

/** Several clusters beside each other have numbers; the bridge of one carries the process that owns it. */
const PREFIX = 'balai';
const NUMBERS = 250;
/** Taken while bridges are made and taken away. */
const LOCK_PATH = '/run/balai-netns.lock';
const LOCK_TIMEOUT_MS = 30_000;
const STOP_DEADLINE_MS = 5_000;
/** Host part of the first member; the bridge itself has 1. */
const FIRST_HOST = 10;

/** A private range of its own for each cluster, apart from what routers at home and in offices give. */
function subnetOf(number: number): string {
  return `10.213.${number}`;
}

/** Why namespaces cannot be made here; undefined where they can. */
export function namespacesFault(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (findProgram('ip') === undefined) {
    return 'network namespaces need the program "ip" (Debian package iproute2)';
  }
  const probe = `${PREFIX}-probe-${process.pid}`;
  if (output('ip', ['netns', 'add', probe]) === undefined) {
    return 'this machine does not let root make network namespaces (a container without CAP_SYS_ADMIN?)';
  }
  output('ip', ['netns', 'delete', probe]);
  return undefined;
}

/**
 * Makes the bridge of a cluster, and takes away what runs left behind that are gone.
 *
 * @throws SetupError where there can be no namespaces.
 */
export async function namespacedNetwork(): Promise<ClusterNetwork> {
  const fault = namespacesFault();
  if (fault !== undefined) throw new SetupError(`--netns: ${fault}`);
  const bridge = await locked(async () => {
    await removeLeftovers();
    return await makeBridge();
  });
  const subnet = subnetOf(bridge.number);
  let places = 0;
  let closing: Promise<void> | undefined;
  return {
    hostAddress: `${subnet}.1`,
    async place(name) {
      places += 1;
      return await makePlace(bridge.name, name, `${subnet}.${FIRST_HOST + places - 1}`, places);
    },
    close() {
      closing ??= locked(() => remove(bridge.name));
      return closing;
    },
  };
}

async function locked<T>(work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(LOCK_PATH, { timeoutMs: LOCK_TIMEOUT_MS });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function makeBridge(): Promise<{ name: string; number: number }> {
  const taken = new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address }) => address.slice(0, address.lastIndexOf('.'))),
  );
  // Devices too: those of a namespace that was deleted may be there for some time yet.
  const names = new Set(listDevices().map((device) => device.split('-')[0]));
  for (let number = 1; number <= NUMBERS; number += 1) {
    const name = `${PREFIX}${number}`;
    if (names.has(name) || taken.has(subnetOf(number))) continue;
    await ip('link', 'add', name, 'type', 'bridge');
    await ip('link', 'set', name, 'alias', ownerText());
    await ip('address', 'add', `${subnetOf(number)}.1/24`, 'dev', name);
    await ip('link', 'set', name, 'up');
    return { name, number };
  }
  throw new SetupError(`${NUMBERS} clusters with namespaces run here already`);
}

async function makePlace(
  bridge: string,
  name: string,
  address: string,
  count: number,
): Promise<Place> {
  const namespace = `${bridge}-${name}`;
  // Names of devices have at most 15 characters.
  const device = `${bridge}-${count}`;
  await ip('netns', 'add', namespace);
  await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  await ip('link', 'set', device, 'master', bridge);
  await ip('link', 'set', device, 'up');
  return {
    address,
    isShared: false,
    namespace,
    prefix: ['ip', 'netns', 'exec', namespace],
    cut: () => ip('link', 'set', device, 'down'),
    heal: () => ip('link', 'set', device, 'up'),
  };
}

/** Of clusters whose process is gone: killed, or crashed. */
async function removeLeftovers(): Promise<void> {
  for (const { name, owner } of listBridges()) {
    if (owner === undefined || !isAlive(owner)) await remove(name);
  }
}

/** Ends what still runs in the namespaces of a bridge, and takes away both. */
async function remove(bridge: string): Promise<void> {
  for (const namespace of listNamespaces(bridge)) {
    const pids = output('ip', ['netns', 'pids', namespace])?.split(/\s+/).filter(Boolean) ?? [];
    const left = pids.flatMap((pid) => findProcess(Number(pid)) ?? []);
    await stopProcesses(left, 'SIGTERM', STOP_DEADLINE_MS);
  }
  // Namespaces take theirs along, but only some time after they were deleted.
  for (const device of listDevices(bridge)) await ip('link', 'delete', device);
  for (const namespace of listNamespaces(bridge)) await ip('netns', 'delete', namespace);
  await ip('link', 'delete', bridge, 'type', 'bridge');
}

/** All, or those that a bridge connects. */
function listDevices(bridge?: string): string[] {
  const of = bridge === undefined ? [] : ['master', bridge];
  const text = output('ip', ['-json', 'link', 'show', ...of]) || '[]';
  return (JSON.parse(text) as { ifname?: string }[]).flatMap(({ ifname }) => ifname ?? []);
}

function listNamespaces(bridge: string): string[] {
  const lines = output('ip', ['netns', 'list'])?.split('\n') ?? [];
  return lines
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(`${bridge}-`));
}

type Bridge = { name: string; owner: SeenProcess | undefined };

function listBridges(): Bridge[] {
  const text = output('ip', ['-json', 'link', 'show', 'type', 'bridge']) || '[]';
  const links = JSON.parse(text) as { ifname?: string; ifalias?: string }[];
  return links
    .filter(({ ifname }) => new RegExp(`^${PREFIX}\\d+$`).test(ifname ?? ''))
    .map(({ ifname = '', ifalias = '' }) => ({ name: ifname, owner: readOwner(ifalias) }));
}

/** As the alias of a bridge: see `SeenProcess`. */
function ownerText(): string {
  return `process ${process.pid} ${findProcess(process.pid)?.startTicks ?? ''}`;
}

function readOwner(alias: string): SeenProcess | undefined {
  const [, pid, startTicks] = /^process (\d+) (\d+)$/.exec(alias) ?? [];
  return pid && startTicks ? { pid: Number(pid), startTicks } : undefined;
}

async function ip(...words: string[]): Promise<void> {
  try {
    await run('ip', words);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new SetupError(`the network of the cluster: ${error.message}`);
  }
}
