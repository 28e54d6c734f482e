import type { Notification } from '@balai/client/notifications';
import { describe, expect, it } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import {
  accessTokenOf,
  type NotificationsSource,
  NotificationsStore,
} from './notifications-store.ts';

function notification(id: string, isRead = false): Notification {
  const roomId = 'r1';
  const createdAt = '2026-01-31T12:00:00Z';
  const words = { title: `Title ${id}`, message: 'Words' };
  return { id, type: 'room_invitation', ...words, isRead, roomId, senderId: 'ann', createdAt };
}

/** Stands in for the SDK's notifications. */
function setUp(items: readonly Notification[] = [], answers: Partial<NotificationsSource> = {}) {
  const listeners = new Map<string, (fact: never) => void>();
  const asked: string[] = [];
  const note = (what: string) => async (id?: string) => {
    asked.push(id === undefined ? what : `${what} ${id}`);
  };
  const source = {
    unreadCount: 0,
    on: (event: string, listener: (fact: never) => void) => listeners.set(event, listener),
    list: async () => {
      asked.push('list');
      return { items, nextCursor: null, unreadCount: 1 };
    },
    read: note('read'),
    readAll: note('readAll'),
    remove: note('remove'),
    close: () => void asked.push('close'),
    ...answers,
  } as unknown as NotificationsSource;
  const store = new NotificationsStore(async () => source);
  const tell = (event: string, fact?: unknown) => listeners.get(event)?.(fact as never);
  const shown = () =>
    store.list.state
      .get()
      .items.map(({ id, isRead }) => (isRead ? id : `${id}!`))
      .join(' ');
  return { store, asked, tell, shown };
}

describe('the bell', () => {
  it('asks for the list when it is opened, not before', async () => {
    const { store, asked, shown } = setUp([notification('a')]);
    await store.start();
    expect(asked).toEqual([]);
    store.setOpen(true);
    await expect.poll(shown).toBe('a!');
  });

  it('counts and shows what comes, and says it', async () => {
    const { store, tell, shown } = setUp();
    await store.start();
    tell('unreadCountChanged', 1);
    tell('notification', notification('a'));
    expect(store.state.get()).toEqual({ unreadCount: 1, isOpen: false, news: 'Title a. Words' });
    expect(shown()).toBe('a!');
  });

  it('shows as read what was read here or elsewhere', async () => {
    const { store, asked, tell, shown } = setUp([
      notification('a'),
      notification('b'),
      notification('c'),
    ]);
    store.setOpen(true);
    await expect.poll(shown).toBe('a! b! c!');
    await store.read(notification('a'));
    expect(shown()).toBe('a b! c!');
    tell('read', ['b']);
    expect(shown()).toBe('a b c!');
    tell('read', null);
    expect(shown()).toBe('a b c');
    await store.read(notification('a', true));
    expect(asked).toEqual(['list', 'read a']);
  });

  it('reads all, and removes one', async () => {
    const { store, asked, shown } = setUp([notification('a'), notification('b')]);
    store.setOpen(true);
    await expect.poll(shown).toBe('a! b!');
    await store.readAll();
    await store.remove('a');
    expect(shown()).toBe('b');
    expect(asked).toEqual(['list', 'readAll', 'remove a']);
  });

  it('leaves unread what could not be read', async () => {
    const { store, shown } = setUp([notification('a')], {
      read: async () => {
        throw new Error('offline');
      },
    });
    store.setOpen(true);
    await expect.poll(shown).toBe('a!');
    await store.read(notification('a'));
    expect(shown()).toBe('a!');
  });

  it('looks again after a lost connection, while it is open', async () => {
    const { store, asked, tell } = setUp();
    await store.start();
    tell('lookAgain');
    expect(asked).toEqual([]);
    store.setOpen(true);
    await expect.poll(() => asked).toEqual(['list']);
    tell('lookAgain');
    await expect.poll(() => asked).toEqual(['list', 'list']);
  });

  it('lets go when it is closed, and can be started again', async () => {
    const { store, asked } = setUp();
    await store.start();
    store.close();
    store.close();
    await expect.poll(() => asked).toEqual(['close']);
    await store.start();
    store.close();
    await expect.poll(() => asked).toEqual(['close', 'close']);
  });
});

describe('the access token', () => {
  it('is the one that is there, and a renewed one where that was refused', async () => {
    const server = new AnsweringServer();
    const account = await server.signIn();
    server.on('POST /v1/auth/refresh', () => ({
      user: { id: 'u1' },
      accessToken: 'renewed',
      accessTokenExpiresAt: new Date(900_000).toISOString(),
    }));
    expect(await accessTokenOf(account, false)).toBe('token');
    expect(await accessTokenOf(account, true)).toBe('renewed');
    expect(server.requests.map(({ line }) => line)).toEqual(['POST /v1/auth/refresh']);
  });

  it('is not there for a guest', async () => {
    const server = new AnsweringServer();
    const account = await server.signIn();
    account.forget();
    await expect(accessTokenOf(account, false)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
