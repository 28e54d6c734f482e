import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Calls } from './calls.ts';

const SHORT_MS = 20;
const LONG_MS = 5_000;

let scene: Scene;
let calls: Calls;
let ann: Actor;
let ben: Actor;

beforeEach(async () => {
  scene = new Scene();
  calls = new Calls(scene.sessions, SHORT_MS);
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

  test('beyond a hundred unanswered ones is refused for now', () => {
    for (let index = 0; index < 100; index += 1) call(`call ${index}`);
    expect(() => call('one more')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    calls.answer(ben.stay, idAtBen(), { payload: 'done' });
    call('one more');
  });

  test('of somebody who leaves is over', async () => {
    call('one');
    const id = idAtBen();
    scene.sessions.end(ann.stay, 'client_initiated');
    calls.answer(ben.stay, id, { payload: 'too late' });
    expect(ann.client.all('rpcAnswered')).toEqual([]);
  });
});
