import { LIMITS } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_GRANTS } from '../../features/sessions/testing/scene.ts';
import { requestSchemas } from './request-schemas.ts';
import { handshakeOf } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

let server: TestSignalling;
let ann: Guest;
let ben: Guest;

beforeAll(async () => {
  // Long enough to confirm a call on a busy machine, and not to wait long for one that nobody confirms.
  server = await createTestSignalling({ rpcConnectionTimeoutMs: 2_000 });
  const roomId = await server.addRoom();
  ann = await server.enter(roomId);
  ben = await server.enter(roomId);
});

afterAll(() => server.close());

function call(callId: string, responseTimeoutMs = 5_000) {
  const destinationIdentity = ben.joined.self.identity;
  return ann.client.request('rpc.call', {
    callId,
    destinationIdentity,
    method: 'greet',
    payload: 'hello',
    responseTimeoutMs,
  });
}

describe('over real sockets', () => {
  test('data is opened, flushed and subscribed to', async () => {
    await ann.client.request('data.open', { kind: 'reliable', streamId: 0 });
    await ann.client.request('data.flush', { messages: 0 });
    const reception = await ben.client.request('data.subscribe', {});
    expect(reception).toMatchObject({ reliable: { ordered: true }, lossy: { ordered: false } });
  });

  test('a client may ask for data as it joins (SPEC 10.3)', async () => {
    const token = server.tokenFor(await server.addRoom(), await server.addUser('Cyd'));
    const client = server.open({ ...handshakeOf(token), receivesData: true });
    const { dataReception } = await client.next('joined');
    expect(dataReception).toEqual(await client.request('data.subscribe', {}));
  });

  test('data needs the grant (SPEC 2.6, 10.1)', async () => {
    const roomId = await server.addRoom();
    const eve = await server.enter(roomId, { ...ALL_GRANTS, data: false });
    const refused = { ok: false, error: { code: 'forbidden' } };
    const requests = [
      ['data.open', { kind: 'lossy', streamId: 1 }],
      ['text.send', { textId: 'one', topic: '', text: 'hello' }],
      [
        'rpc.call',
        { callId: 'one', destinationIdentity: 'x', method: 'm', payload: '', responseTimeoutMs: 1 },
      ],
    ] as const;
    for (const [method, params] of requests) {
      expect(await eve.client.ask(method, params)).toMatchObject(refused);
    }
  });

  test('a text is told to the others (SPEC 10.11)', async () => {
    await ann.client.request('text.send', { textId: 'one', topic: 'notes', text: 'hello' });
    const { identity } = ann.joined.self;
    expect(await ben.client.next('textReceived')).toMatchObject({ identity, text: 'hello' });
  });

  test('calls are answered, or fail in time (SPEC 10.12, 10.13)', async () => {
    await call('answered');
    const { callId } = await ben.client.next('rpcCalled');
    await ben.client.request('rpc.accept', { callId });
    await ben.client.request('rpc.answer', { callId, outcome: { payload: 'welcome' } });
    await call('unconfirmed');
    await ann.client.until(() => ann.client.all('rpcAnswered').length === 2);
    expect(ann.client.all('rpcAnswered')).toMatchObject([
      { callId: 'answered', outcome: { payload: 'welcome' } },
      { callId: 'unconfirmed', outcome: { error: { code: 1501 } } },
    ]);
  });

  test('whoever is called may answer, however many calls that are (SPEC 10.17)', async () => {
    const patient = await createTestSignalling();
    const roomId = await patient.addRoom();
    const caller = await patient.enter(roomId);
    const callee = await patient.enter(roomId);
    const destinationIdentity = callee.joined.self.identity;
    const params = { destinationIdentity, method: 'm', payload: '', responseTimeoutMs: 60_000 };
    const makeCall = (_: unknown, index: number) =>
      caller.client.request('rpc.call', { ...params, callId: `call ${index}` });
    await Promise.all(Array.from({ length: 40 }, makeCall));
    await callee.client.until((client) => client.all('rpcCalled').length === 40);
    const acceptAll = () =>
      callee.client
        .all('rpcCalled')
        .map(({ callId }) => callee.client.ask('rpc.accept', { callId }));
    const answerAll = () =>
      callee.client
        .all('rpcCalled')
        .map(({ callId }) => callee.client.ask('rpc.answer', { callId, outcome: { payload: '' } }));
    // One batch after the other arrives before the pace is back.
    const flushes = Array.from({ length: 300 }, () =>
      callee.client.ask('data.flush', { messages: 0 }),
    );
    const [accepted, again, answered, spent] = await Promise.all(
      [acceptAll(), acceptAll(), answerAll(), flushes].map((replies) => Promise.all(replies)),
    );
    const refused = (replies: typeof accepted) => replies?.filter(({ ok }) => !ok).length;
    expect([refused(accepted), refused(answered)]).toEqual([0, 0]);
    expect(refused(spent)).toBeGreaterThan(0);
    // What is said again is a request like any other.
    expect(refused(again)).toBeGreaterThan(0);
    await patient.close();
  });
});

describe('the shape of requests', () => {
  const rpc = {
    callId: 'one',
    destinationIdentity: 'ann',
    method: 'greet',
    payload: '',
    responseTimeoutMs: 1,
  };

  test('is checked, bytes and not characters (SPEC 2.3)', () => {
    const twoBytes = 'é'.repeat(LIMITS.rpcPayloadBytes / 2);
    const isGood = (payload: string) =>
      requestSchemas['rpc.call'].safeParse({ ...rpc, payload }).success;
    expect([isGood(twoBytes), isGood(`${twoBytes}x`)]).toEqual([true, false]);
  });

  test.each([
    ['data.open', { kind: 'both', streamId: 0 }],
    ['data.open', { kind: 'lossy', streamId: 65_535 }],
    ['data.flush', { messages: -1 }],
    ['text.send', { textId: 'one', topic: 'x'.repeat(256), text: '' }],
    ['text.send', { textId: 'one', topic: '', text: 'x'.repeat(LIMITS.dataText + 1) }],
    ['text.send', { textId: 'one', topic: '', text: '', attributes: { a: 1 } }],
    ['rpc.call', { ...rpc, responseTimeoutMs: 0 }],
    ['rpc.call', { ...rpc, method: '' }],
    ['rpc.answer', { callId: 'one', outcome: {} }],
    ['rpc.answer', { callId: 'one', outcome: { error: { code: 1, message: 'x'.repeat(257) } } }],
  ] as const)('of %s refuses %o', (method, params) => {
    expect(requestSchemas[method].safeParse(params).success).toBe(false);
  });
});
