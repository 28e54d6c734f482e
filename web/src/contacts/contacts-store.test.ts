import { describe, expect, it } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import { type Contact, ContactsStore, nameOf } from './contacts-store.ts';

function contact(id: string, more: Partial<Contact> = {}): Contact {
  return {
    id,
    firstName: 'Ben',
    lastName: id,
    avatarUrl: null,
    email: null,
    addedAt: '2026-01-31T12:00:00Z',
    room: null,
    ...more,
  };
}

async function setUp(items: readonly Contact[] = [], nextCursor: string | null = null) {
  const server = new AnsweringServer();
  const contacts = new ContactsStore(await server.signIn());
  server.on('GET /v1/contacts', () => ({ items, nextCursor }));
  await contacts.list.load();
  const ids = () => contacts.list.state.get().items.map(({ id }) => id);
  return { server, contacts, ids };
}

describe('the contacts', () => {
  it('are found by what was entered', async () => {
    const { server, contacts } = await setUp();
    server.on('GET /v1/users/search?q=ben%2Bx%40example.org', () => ({ items: [contact('b')] }));
    expect(await contacts.search('ben+x@example.org')).toEqual([contact('b')]);
  });

  it('are added by the address that one knew, else by who they are', async () => {
    const { server, contacts, ids } = await setUp([contact('a')]);
    server.on('POST /v1/contacts', ({ body }) => contact('email' in (body as object) ? 'b' : 'c'));
    await contacts.add(contact('b', { email: 'ben@example.org' }));
    await contacts.add(contact('c'));
    expect(server.requests.slice(1).map(({ options }) => options.body)).toEqual([
      { email: 'ben@example.org' },
      { userId: 'c' },
    ]);
    expect(ids()).toEqual(['c', 'b', 'a']);
  });

  it('are removed once the server knows', async () => {
    const { server, contacts, ids } = await setUp([contact('a'), contact('b')]);
    server.refuse('DELETE /v1/contacts/a', 'unreachable');
    await expect(contacts.remove('a')).rejects.toMatchObject({ code: 'unreachable' });
    expect(ids()).toEqual(['a', 'b']);
    server.on('DELETE /v1/contacts/a', () => undefined);
    await contacts.remove('a');
    expect(ids()).toEqual(['b']);
  });

  it('are looked at again where all of them are here', async () => {
    const whole = await setUp([contact('a')]);
    const room = { id: 'r', name: 'Weekly' };
    whole.server.on('GET /v1/contacts', () => ({
      items: [contact('a', { room })],
      nextCursor: null,
    }));
    await whole.contacts.lookAgain();
    expect(whole.contacts.list.state.get().items[0]?.room).toEqual(room);
    const part = await setUp([contact('a')], 'next');
    await part.contacts.lookAgain();
    expect(part.server.requests).toHaveLength(1);
  });

  it('have a name', () => {
    expect(nameOf(contact('Lee'))).toBe('Ben Lee');
    expect(nameOf(contact('', { lastName: '' }))).toBe('Ben');
  });
});
