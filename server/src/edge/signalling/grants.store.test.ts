import { LIMITS } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ALL_GRANTS } from '../../features/sessions/testing/scene.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

const NOTHING = {
  ...ALL_GRANTS,
  publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
  subscribe: false,
  data: false,
  updateSelf: false,
};

let server: TestSignalling;
let roomId: string;

beforeAll(async () => {
  server = await createTestSignalling();
});
afterAll(() => server.close());
beforeEach(async () => {
  roomId = await server.addRoom();
});

function stayOf({ joined }: Guest) {
  const stay = server.sessions.findStay(roomId, joined.self.identity);
  if (stay === undefined) throw new Error('they are not there');
  return stay;
}

describe('what a client says of itself', () => {
  test('reaches everybody, itself included (SPEC 16.6, 16.7)', async () => {
    const ann = await server.enter(roomId);
    const ben = await server.enter(roomId);
    const update = { name: 'Anna', metadata: 'm', attributes: { mood: 'fine' } };
    expect(await ann.client.ask('self.update', update)).toEqual({ ok: true, result: null });
    const { participantId } = ann.joined.self;
    for (const { client } of [ann, ben]) {
      await client.until(() => client.changes().some(({ type }) => type === 'participantUpdated'));
      expect(client.changes().at(-1)).toEqual({
        type: 'participantUpdated',
        participantId,
        ...update,
      });
    }
  });

  test('needs the grant (SPEC 16.6)', async () => {
    const ann = await server.enter(roomId, { ...ALL_GRANTS, updateSelf: false });
    expect(await ann.client.ask('self.update', { name: 'Host' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    expect(stayOf(ann).ticket.name).toBe('Guest');
  });

  test.each([
    ['a long name', { name: 'x'.repeat(LIMITS.displayName + 1) }],
    ['an empty name', { name: '' }],
    ['much metadata', { metadata: 'é'.repeat(LIMITS.metadataBytes / 2 + 1) }],
    ['an attribute that is no text', { attributes: { a: 1 } }],
    ['another field', { role: 'host' }],
  ])('is refused where it is %s (SPEC 2.3, 16.6)', async (_name, update) => {
    const { client } = await server.enter(roomId);
    expect(await client.ask('self.update', update as never)).toMatchObject({
      ok: false,
      error: { code: 'invalid_request' },
    });
  });
});

describe('grants that change', () => {
  test('let a client do at once what it could not (SPEC 16.1, 16.2, 16.4)', async () => {
    const ann = await server.enter(roomId, NOTHING);
    expect(ann.joined).toMatchObject({ sendTransport: null, receiveTransport: null });
    for (const direction of ['send', 'receive'] as const) {
      expect(await ann.client.ask('transport.open', { direction })).toMatchObject({
        ok: false,
        error: { code: 'forbidden' },
      });
    }
    server.sessions.setGrants(stayOf(ann), ALL_GRANTS);
    expect(await ann.client.next('roleChanged')).toEqual({
      role: 'participant',
      grants: ALL_GRANTS,
    });
    const [first, again] = [
      await ann.client.ask('transport.open', { direction: 'receive' }),
      await ann.client.ask('transport.open', { direction: 'receive' }),
    ];
    expect(first).toMatchObject({ ok: true, result: { transportId: expect.any(String) } });
    expect(again).toEqual(first);
    expect(await ann.client.ask('self.update', { metadata: 'x' })).toMatchObject({ ok: true });
  });

  test('hold for what the client does next (SPEC 2.6, 16.2)', async () => {
    const ann = await server.enter(roomId);
    server.sessions.setGrants(stayOf(ann), { ...NOTHING, data: ['chat'] });
    const text = { textId: 'one', topic: 'notes', text: 'hello' };
    expect(await ann.client.ask('text.send', text)).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    const call = {
      callId: 'c',
      destinationIdentity: 'x',
      method: 'm',
      payload: '',
      responseTimeoutMs: 1_000,
    };
    expect(await ann.client.ask('rpc.call', call)).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    const messageId = crypto.randomUUID();
    expect(await ann.client.ask('chat.send', { messageId, text: 'hi' })).toMatchObject({
      ok: true,
    });
    server.sessions.setGrants(stayOf(ann), NOTHING);
    expect(await ann.client.ask('chat.send', { messageId, text: 'hi' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
  });
});

describe('who is hidden (SPEC 16.5)', () => {
  test('cannot be called, and is in nobody’s room', async () => {
    const spy = await server.enter(roomId, { ...ALL_GRANTS, hidden: true });
    const ann = await server.enter(roomId);
    expect(ann.joined.participants).toEqual([]);
    const call = {
      callId: 'c',
      destinationIdentity: spy.joined.self.identity,
      method: 'm',
      payload: '',
      responseTimeoutMs: 1_000,
    };
    expect(await ann.client.ask('rpc.call', call)).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
    const messageId = crypto.randomUUID();
    expect(await spy.client.ask('chat.send', { messageId, text: 'hi' })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
    await ann.client.ask('chat.send', { messageId, text: 'hi' });
    expect((await spy.client.next('chatMessage')).text).toBe('hi');
  });
});
