import { expect, it } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import { HistoryStore } from './history-store.ts';

it('the history comes page by page, with figures of all of it', async () => {
  const server = new AnsweringServer();
  const history = new HistoryStore(await server.signIn());
  server.on('GET /v1/users/me/meetings', () => ({ items: [{ id: 'b' }], nextCursor: 'c' }));
  server.on('GET /v1/users/me/meetings?cursor=c', () => ({
    items: [{ id: 'a' }],
    nextCursor: null,
  }));
  server.on('GET /v1/users/me/activity', () => ({ participations: 2 }));
  await history.list.load();
  await history.list.loadMore();
  expect(history.list.state.get().items.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(await history.readActivity()).toEqual({ participations: 2 });
});
