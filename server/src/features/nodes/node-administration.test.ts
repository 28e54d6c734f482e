import { beforeEach, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import type { WorkerLoad } from '../../media/media-plane.ts';
import { createNodeAdministration } from './node-administration.ts';
import type { NodeDirectory, NodeStatus } from './node-directory.ts';

function worker(slot: number, share: number): WorkerLoad {
  const counts = { restarts: 0, memoryBytes: 1, routers: 0, transports: 0, consumers: 0, pipes: 0 };
  const rates = { cpuShare: 0.1, isBusy: false, incomingBps: 0, outgoingBps: 0 };
  return { pid: 100 + slot, slot, share, ...counts, ...rates };
}

function node(nodeId: string, known: Partial<NodeStatus> = {}): NodeStatus {
  return {
    nodeId,
    region: null,
    labels: {},
    addresses: [],
    isDraining: false,
    cores: 2,
    workers: [worker(1, 0.4), worker(0, 0.2)],
    rooms: [],
    ...known,
  };
}

let nodes: NodeStatus[];
const directory: NodeDirectory = {
  list: async () => nodes,
  drain: async (nodeId) => setDraining(nodeId, true),
  undrain: async (nodeId) => setDraining(nodeId, false),
};
const administration = createNodeAdministration({
  directory,
  async getRoom(roomId) {
    if (roomId === 'check') throw new AppError('room_not_found');
    return { name: `Room ${roomId}` };
  },
});

function setDraining(nodeId: string, isDraining: boolean): void {
  nodes = nodes.map((one) => (one.nodeId === nodeId ? { ...one, isDraining } : one));
}

beforeEach(() => {
  nodes = [node('n10'), node('n9')];
});

test('nodes come in the order of their names, and workers in that of their places', async () => {
  const list = await administration.list();
  expect(list.map(({ id }) => id)).toEqual(['n9', 'n10']);
  expect(list[0]?.workers.map(({ slot, load }) => [slot, load])).toEqual([
    [0, 0.2],
    [1, 0.4],
  ]);
  expect(JSON.stringify(list)).not.toContain('pid');
});

test('a worker that is not there counts as full', async () => {
  nodes = [
    node('whole'),
    node('half', { workers: [worker(0, 0.2)] }),
    node('new', { workers: [] }),
  ];
  const loads = (await administration.list()).map(({ id, load }) => [id, load]);
  expect(Object.fromEntries(loads)).toEqual({
    whole: expect.closeTo(0.3),
    half: expect.closeTo(0.6),
    new: 1,
  });
});

test('of many rooms the largest are named, and all are counted', async () => {
  const rooms = Array.from({ length: 30 }, (_, index) => ({
    roomId: String(index),
    participants: index + 1,
  }));
  nodes = [node('n', { rooms: [...rooms, { roomId: 'check', participants: 40 }] })];
  const [found] = await administration.list();
  expect(found).toMatchObject({ roomCount: 31, participants: 30 * 15.5 + 40 });
  expect(found?.rooms).toHaveLength(20);
  expect(found?.rooms.slice(0, 2)).toEqual([
    { id: 'check', name: null, participants: 40 },
    { id: '29', name: 'Room 29', participants: 30 },
  ]);
});

test('what was drained is answered as it is then', async () => {
  expect(await administration.setDraining('n9', true)).toMatchObject({
    id: 'n9',
    isDraining: true,
  });
  expect(await administration.setDraining('n9', false)).toMatchObject({ isDraining: false });
});
