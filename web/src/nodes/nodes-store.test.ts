import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import type { MediaNode } from './node-types.ts';
import { NodesStore } from './nodes-store.ts';

const PATH = '/v1/admin/nodes';

let server: AnsweringServer;
let store: NodesStore;

beforeEach(async () => {
  vi.useFakeTimers();
  server = new AnsweringServer();
  store = new NodesStore(await server.signIn());
  server.on(`GET ${PATH}`, () => [node('a:3000', 1), node('b', 0)]);
});
afterEach(() => {
  vi.useRealTimers();
});

function node(id: string, participants: number, isDraining = false): MediaNode {
  const figures = { cores: 1, load: 0, participants, roomCount: 0 };
  const where = { region: null, labels: {}, addresses: [], rooms: [], workers: [] };
  return { id, isDraining, ...figures, ...where };
}

const asked = () => server.requests.filter(({ line }) => line === `GET ${PATH}`).length;

it('asks again while somebody sees it, and not after', async () => {
  let isSeen = true;
  const stop = store.watch(() => isSeen);
  await vi.advanceTimersByTimeAsync(4_100);
  expect(asked()).toBe(3);
  isSeen = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(3);
  isSeen = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked()).toBe(4);
  stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked()).toBe(4);
});

it('keeps what it knew when the server does not answer, and says so until it does', async () => {
  await store.load();
  server.refuse(`GET ${PATH}`, 'unavailable');
  await store.load();
  expect(store.state.get()).toMatchObject({
    nodes: [{ id: 'a:3000' }, { id: 'b' }],
    failure: { code: 'unavailable' },
  });
  server.on(`GET ${PATH}`, () => []);
  await store.load();
  expect(store.state.get()).toEqual({ nodes: [], failure: null });
});

it('shows a drained node at once, whatever was asked for before', async () => {
  await store.load();
  const late = Promise.withResolvers<MediaNode[]>();
  server.on(`GET ${PATH}`, () => late.promise);
  const loading = store.load();
  server.on(`PATCH ${PATH}/a%3A3000`, () => node('a:3000', 1, true));
  await store.setDraining('a:3000', true);
  expect(server.requests.at(-1)?.options.body).toEqual({ isDraining: true });
  late.resolve([node('a:3000', 1)]);
  await loading;
  expect(store.state.get().nodes?.map(({ isDraining }) => isDraining)).toEqual([true, false]);
});
