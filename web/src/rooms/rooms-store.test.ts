import { describe, expect, it } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import { isUpcoming, type ListedRoom, splitByStart } from './room-summary.ts';
import { RoomsStore } from './rooms-store.ts';

function room(id: string, more: Partial<ListedRoom> = {}): ListedRoom {
  return {
    id,
    name: `Room ${id}`,
    description: null,
    hostId: 'u1',
    status: 'active',
    hasPassword: false,
    guestsAllowed: true,
    maxUsers: 10,
    createdAt: '2026-01-31T12:00:00Z',
    scheduledAt: null,
    endedAt: null,
    participantCount: 0,
    ...more,
  };
}

async function setUp() {
  const server = new AnsweringServer();
  const rooms = new RoomsStore(await server.signIn());
  const idsOf = (list: 'current' | 'past') =>
    rooms[list].state
      .get()
      .items.map(({ id }) => id)
      .join('');
  return { server, rooms, idsOf };
}

const NEW = { name: 'Weekly', maxUsers: 10, guestsAllowed: true };

describe('the rooms', () => {
  it('that go on and that are over come page by page', async () => {
    const { server, rooms, idsOf } = await setUp();
    server.on('GET /v1/rooms?list=active', () => ({ items: [room('a')], nextCursor: 'c' }));
    server.on('GET /v1/rooms?list=active&cursor=c', () => ({
      items: [room('b')],
      nextCursor: null,
    }));
    server.on('GET /v1/rooms?list=past', () => ({ items: [room('p')], nextCursor: null }));
    await rooms.current.load();
    await rooms.current.loadMore();
    await rooms.past.load();
    expect([idsOf('current'), idsOf('past')]).toEqual(['ab', 'p']);
  });

  it('are made with what was entered, and nothing else', async () => {
    const { server, rooms, idsOf } = await setUp();
    server.on('POST /v1/rooms', () => room('n'));
    await rooms.create({ ...NEW, password: null, scheduledAt: null });
    const scheduledAt = '2026-07-01T09:30:00.000Z';
    await rooms.create({ ...NEW, password: 'sesame', scheduledAt });
    expect(server.requests.map(({ options }) => options.body)).toEqual([
      NEW,
      { ...NEW, password: 'sesame', scheduledAt },
    ]);
    expect(idsOf('current')).toBe('n');
  });

  it('are changed where they stand, with who is in them', async () => {
    const { server, rooms } = await setUp();
    server.on('GET /v1/rooms?list=active', () => ({
      items: [room('a', { participantCount: 3 })],
      nextCursor: null,
    }));
    server.on('PATCH /v1/rooms/a', ({ body }) => ({ ...room('a'), ...(body as object) }));
    await rooms.current.load();
    await rooms.update(room('a', { participantCount: 3 }), { maxUsers: 20, password: null });
    const [changed] = rooms.current.state.get().items;
    expect(changed).toMatchObject({ maxUsers: 20, participantCount: 3 });
    expect(server.requests.at(-1)?.options.body).toEqual({ maxUsers: 20, password: null });
  });

  it.each([
    ['end', 'ended'],
    ['cancel', 'cancelled'],
  ] as const)('are past after %s', async (what, status) => {
    const { server, rooms, idsOf } = await setUp();
    server.on('GET /v1/rooms?list=active', () => ({
      items: [room('a'), room('b')],
      nextCursor: null,
    }));
    server.on(`POST /v1/rooms/a/${what}`, () => room('a', { status }));
    await rooms.current.load();
    await rooms[what](room('a'));
    expect([idsOf('current'), idsOf('past')]).toEqual(['b', 'a']);
    expect(rooms.past.state.get().items[0]?.status).toBe(status);
  });

  it('stay where they are when they can not be cancelled', async () => {
    const { server, rooms, idsOf } = await setUp();
    server.on('GET /v1/rooms?list=active', () => ({ items: [room('a')], nextCursor: null }));
    server.refuse('POST /v1/rooms/a/cancel', 'conflict');
    await rooms.current.load();
    await expect(rooms.cancel(room('a'))).rejects.toMatchObject({ code: 'conflict' });
    expect([idsOf('current'), idsOf('past')]).toEqual(['a', '']);
  });

  it('are what people are invited into', async () => {
    const { server, rooms } = await setUp();
    server.on('POST /v1/rooms/a/invitations', () => undefined);
    await rooms.invite('a', { email: 'ben@example.org' });
    expect(server.requests[0]?.options.body).toEqual({ email: 'ben@example.org' });
  });
});

describe('a meeting', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  const later = '2026-02-01T09:00:00Z';

  it.each([
    ['without a start', {}, false],
    ['that starts later', { scheduledAt: later }, true],
    ['that has started', { scheduledAt: '2026-01-31T11:00:00Z' }, false],
    ['that people came to before its start', { scheduledAt: later, participantCount: 1 }, false],
    ['that was cancelled', { scheduledAt: later, status: 'cancelled' }, false],
  ] as const)('%s is upcoming: %j %s', (_what, more, isIt) => {
    expect(isUpcoming(room('a', more), now)).toBe(isIt);
  });

  it('that comes next is first among those to come', () => {
    const rooms = [
      room('open'),
      room('late', { scheduledAt: '2026-03-01T09:00:00Z' }),
      room('soon', { scheduledAt: later }),
    ];
    const { upcoming, open } = splitByStart(rooms, now);
    expect(upcoming.map(({ id }) => id)).toEqual(['soon', 'late']);
    expect(open.map(({ id }) => id)).toEqual(['open']);
  });
});
