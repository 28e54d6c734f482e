import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Calls } from './calls.ts';

const SHORT_MS = 20;
const LONG_MS = 5_000;

let scene: Scene;
let calls: Calls;
let now: number;
let ann: Actor;
let ben: Actor;

beforeEach(async () => {
  scene = new Scene();
  now = 1_000_000;
  calls = new Calls(scene.sessions, SHORT_MS, () => now);
  ann = await scene.join('ann');
  ben = await scene.join('ben');
});

afterEach(() => calls.close());

function call(callId: string, responseTimeoutMs = LONG_MS, destinationIdentity = 'ben'): void {
  calls.call(ann.stay, {
    callId,
    destinationIdentity,
    method: 'greet',
    payload: 'hello',
    responseTimeoutMs,
  });
}

/** The id under which the callee knows the latest call. */
function idAtBen(): string {
  return ben.client.all('rpcCalled').at(-1)?.callId ?? '';
}

async function outcomesAtAnn(count = 1): Promise<unknown[]> {
  await ann.client.until(() => ann.client.all('rpcAnswered').length >= count);
  return ann.client
    .all('rpcAnswered')
    .map(({ callId, outcome }) => [
      callId,
      'error' in outcome ? outcome.error.code : outcome.payload,
    ]);
}

describe('a call', () => {
  test('reaches whom it is for, and what they answer comes back once (SPEC 10.12, 10.14)', async () => {
    call('one');
    expect(ben.client.all('rpcCalled')).toEqual([
      {
        callId: idAtBen(),
        callerIdentity: 'ann',
        method: 'greet',
        payload: 'hello',
        responseTimeoutMs: LONG_MS,
      },
    ]);
    calls.accept(ben.stay, idAtBen());
    calls.answer(ben.stay, idAtBen(), { payload: 'welcome' });
    calls.answer(ben.stay, idAtBen(), { payload: 'again' });
    calls.accept(ben.stay, idAtBen());
    expect(await outcomesAtAnn()).toEqual([['one', 'welcome']]);
  });

  test('can be answered by nobody else (SPEC 10.14)', async () => {
    const eve = await scene.join('eve');
    call('one');
    for (const { stay } of [eve, ann]) {
      calls.accept(stay, idAtBen());
      calls.answer(stay, idAtBen(), { payload: 'forged' });
    }
    // Neither counted as word of the callee.
    expect(await outcomesAtAnn()).toEqual([['one', 1501]]);
  });

  test('is made once, however often it is asked for (SPEC 2.7)', async () => {
    call('one');
    call('one');
    calls.answer(ben.stay, idAtBen(), { payload: 'welcome' });
    call('one');
    expect(ben.client.all('rpcCalled')).toHaveLength(1);
    expect(await outcomesAtAnn()).toHaveLength(1);
  });

  test('fails when it is not confirmed, not answered, or the callee leaves (SPEC 10.13)', async () => {
    call('unconfirmed');
    await outcomesAtAnn(1);
    call('unanswered', SHORT_MS);
    calls.accept(ben.stay, idAtBen());
    await outcomesAtAnn(2);
    call('left');
    calls.accept(ben.stay, idAtBen());
    scene.sessions.end(ben.stay, 'client_initiated');
    expect(await outcomesAtAnn(3)).toEqual([
      ['unconfirmed', 1501],
      ['unanswered', 1502],
      ['left', 1503],
    ]);
  });

  test('to nobody, to oneself or without the grant is refused (SPEC 10.12)', () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => call('one', LONG_MS, 'nobody')).toThrow(refused('not_found'));
    expect(() => call('two', LONG_MS, 'ann')).toThrow(refused('not_found'));
    ann.stay.setRole('participant', { ...ALL_GRANTS, data: false });
    expect(() => call('three')).toThrow(refused('forbidden'));
    expect(ben.client.all('rpcCalled')).toEqual([]);
  });

  test('beyond what may be unanswered is refused for now, and changes nothing (SPEC 10.17)', async () => {
    const limited = expect.objectContaining({ code: 'rate_limited' });
    const cyd = await scene.join('cyd');
    const dan = await scene.join('dan');
    for (let index = 0; index < 50; index += 1) call(`to ben ${index}`);
    now += 10_000;
    expect(() => call('one more')).toThrow(limited);
    expect(ben.client.all('rpcCalled')).toHaveLength(50);
    // To others it may go on, and others may go on to ben.
    for (let index = 0; index < 50; index += 1) call(`to cyd ${index}`, LONG_MS, 'cyd');
    now += 10_000;
    expect(() => call('to dan', LONG_MS, 'dan')).toThrow(limited);
    const params = { destinationIdentity: 'ben', method: 'm', payload: '', responseTimeoutMs: 9 };
    calls.call(dan.stay, { ...params, callId: 'from dan' });
    expect(cyd.client.all('rpcCalled')).toHaveLength(50);
    calls.answer(ben.stay, ben.client.all('rpcCalled')[0]?.callId ?? '', { payload: 'done' });
    call('one more');
    expect(ben.client.all('rpcCalled')).toHaveLength(52);
  });

  test('to somebody whom many call already is refused for now (SPEC 10.17)', async () => {
    const params = { destinationIdentity: 'ben', method: 'm', payload: '', responseTimeoutMs: 9 };
    const others = ['cyd', 'dan', 'eve', 'fay'].map((identity) => scene.join(identity));
    for (const { stay } of await Promise.all(others)) {
      for (let index = 0; index < 50; index += 1) {
        calls.call(stay, { ...params, callId: `call ${index}` });
      }
    }
    expect(() => call('one more')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });

  test('after call to one participant is taken at a pace, answered or not (SPEC 10.17)', () => {
    const callAndAnswer = (index: number) => {
      call(`call ${index}`);
      calls.answer(ben.stay, idAtBen(), { payload: 'done' });
    };
    for (let index = 0; index < 50; index += 1) callAndAnswer(index);
    const limited = expect.objectContaining({ code: 'rate_limited', retryAfterMs: 50 });
    expect(() => callAndAnswer(50)).toThrow(limited);
    // What was taken may be repeated all the same.
    call('call 49');
    now += 50;
    callAndAnswer(50);
    expect(ben.client.all('rpcCalled')).toHaveLength(51);
  });

  test('is confirmed once: the time to answer does not begin anew (SPEC 10.13)', async () => {
    call('one', 50);
    const id = idAtBen();
    calls.accept(ben.stay, id);
    const timer = setInterval(() => calls.accept(ben.stay, id), 10);
    const outcomes = await outcomesAtAnn();
    clearInterval(timer);
    expect(outcomes).toEqual([['one', 1502]]);
  });

  test('awaits one word of each kind, of its callee (SPEC 10.17)', () => {
    call('one');
    const id = idAtBen();
    expect(calls.awaits(ann.stay, 'answer', id)).toBe(false);
    expect(calls.awaits(ben.stay, 'accept', id)).toBe(true);
    calls.accept(ben.stay, id);
    expect(calls.awaits(ben.stay, 'accept', id)).toBe(false);
    expect(calls.awaits(ben.stay, 'answer', id)).toBe(true);
    calls.answer(ben.stay, id, { payload: '' });
    expect(calls.awaits(ben.stay, 'answer', id)).toBe(false);
  });

  test('gets nothing from a callee without the grant (SPEC 10.2, 10.13)', async () => {
    const forbidden = expect.objectContaining({ code: 'forbidden' });
    const ids = ['accepting', 'answering'].map((callId) => {
      call(callId);
      return idAtBen();
    });
    ben.stay.setRole('participant', { ...ALL_GRANTS, data: false });
    expect(() => calls.accept(ben.stay, ids[0] ?? '')).toThrow(forbidden);
    expect(() => calls.answer(ben.stay, ids[1] ?? '', { payload: 'psst' })).toThrow(forbidden);
    call('calling');
    expect(ben.client.all('rpcCalled')).toHaveLength(2);
    expect(await outcomesAtAnn(3)).toEqual([
      ['accepting', 1400],
      ['answering', 1400],
      ['calling', 1400],
    ]);
  });

  test('of somebody who leaves is over', async () => {
    call('one');
    const id = idAtBen();
    scene.sessions.end(ann.stay, 'client_initiated');
    calls.answer(ben.stay, id, { payload: 'too late' });
    expect(ann.client.all('rpcAnswered')).toEqual([]);
  });
});
