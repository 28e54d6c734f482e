import { beforeEach, expect, it } from 'vitest';
import { AnsweringServer } from './answering-server.ts';
import { type DeviceSession, SessionsStore } from './sessions-store.ts';

const PATH = '/v1/users/me/sessions';

let server: AnsweringServer;
let store: SessionsStore;

beforeEach(async () => {
  server = new AnsweringServer();
  store = new SessionsStore(await server.signIn());
  server.on(`GET ${PATH}`, () => ({
    items: [session('phone'), session('here', true)],
    nextCursor: 'c 1',
  }));
  server.on(`GET ${PATH}?cursor=c%201`, () => ({ items: [session('old')], nextCursor: null }));
});

function session(id: string, isCurrent = false): DeviceSession {
  return { id, isCurrent, address: null, userAgent: null, lastUsedAt: '2026-01-01T00:00:00Z' };
}

function shownIds(): string[] {
  return store.state.get().sessions.map(({ id }) => id);
}

it('this device comes first, and further pages behind', async () => {
  await store.load();
  expect(shownIds()).toEqual(['here', 'phone']);
  await store.loadMore();
  expect(shownIds()).toEqual(['here', 'phone', 'old']);
  expect(store.state.get()).toMatchObject({ status: 'ready', nextCursor: null });
});

it('loading again begins anew', async () => {
  await store.load();
  await store.load();
  expect(shownIds()).toEqual(['here', 'phone']);
});

it('a device that was signed out is gone, also where it ended by itself', async () => {
  await store.load();
  await store.loadMore();
  server.on(`DELETE ${PATH}/phone`, () => undefined);
  server.refuse(`DELETE ${PATH}/old`, 'not_found');
  await store.end('phone');
  await store.end('old');
  expect(shownIds()).toEqual(['here']);
});

it('a device that could not be signed out stays', async () => {
  await store.load();
  server.refuse(`DELETE ${PATH}/phone`, 'unreachable');
  await expect(store.end('phone')).rejects.toMatchObject({ code: 'unreachable' });
  expect(shownIds()).toEqual(['here', 'phone']);
});

it('all others go at once, those of further pages as well', async () => {
  await store.load();
  server.on(`DELETE ${PATH}`, () => undefined);
  await store.endOthers();
  expect(shownIds()).toEqual(['here']);
  expect(store.state.get().nextCursor).toBeNull();
});

it('what an older load brings does not bring ended sessions back', async () => {
  await store.load();
  server.on(`DELETE ${PATH}`, () => undefined);
  const older = store.loadMore();
  await store.endOthers();
  await older;
  expect(shownIds()).toEqual(['here']);
});

it('says why the list could not be read, and reads it the next time', async () => {
  server.refuse(`GET ${PATH}`, 'unavailable');
  await store.load();
  expect(store.state.get()).toMatchObject({ status: 'failed', failure: { code: 'unavailable' } });
  server.on(`GET ${PATH}`, () => ({ items: [session('here', true)], nextCursor: null }));
  await store.load();
  expect(store.state.get()).toMatchObject({ status: 'ready', failure: null });
});
