import { LIMITS } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { costOf, DELIVERIES, deliveryOf } from './request-costs.ts';
import { requestSchemas } from './request-schemas.ts';

const HALL = () => 1_000;

describe('of a client’s pace', () => {
  test('a change of subscriptions costs more the more it changes (SPEC 2.8)', () => {
    const update = (count: number) =>
      costOf('subscriptions.update', {
        updates: Array.from({ length: count }, (_, index) => ({ subscriptionId: `${index}` })),
      });
    expect([0, 1, 49, 50, 2_000].map(update)).toEqual([1, 1, 1, 2, 41]);
  });

  test('a call costs more the longer it is (SPEC 2.8)', () => {
    const call = (payload: string) => costOf('rpc.call', { payload });
    expect([call(''), call('x'.repeat(LIMITS.rpcPayloadBytes))]).toEqual([1, 4]);
  });

  test('what has another shape costs something, and breaks nothing', () => {
    for (const params of [undefined, null, 7, 'text', { updates: 7 }, { updates: null }, []]) {
      expect(costOf('subscriptions.update', params)).toBe(1);
    }
  });
});

describe('what others are sent', () => {
  const text = (length: number, destinationIdentities?: string[]) =>
    deliveryOf(
      'text.send',
      {
        textId: 'one',
        topic: '',
        text: 'x'.repeat(length),
        ...(destinationIdentities && { destinationIdentities }),
      },
      HALL,
    );

  test('counts by its size and by who gets it (SPEC 2.8)', () => {
    expect(text(100)).toBe(100_000);
    expect(text(100, ['ann', 'ben'])).toBe(200);
    const attributes = { key: 'x'.repeat(997) };
    expect(
      deliveryOf('text.send', { textId: 'one', topic: '', text: '', attributes }, () => 2),
    ).toBe(2_000);
  });

  test('counts also where it is what somebody says of themselves (SPEC 2.8, 16.6)', () => {
    const update = { name: 'Ann', metadata: 'x'.repeat(90), attributes: { mood: 'fun' } };
    expect(deliveryOf('self.update', update, () => 2)).toBe(200);
  });

  test('is taken once in a while, however large it is', () => {
    expect(text(LIMITS.dataText)).toBe(DELIVERIES.capacity);
  });

  test('is nothing of requests that nobody hears of', () => {
    expect(deliveryOf('chat.history', {}, HALL)).toBe(0);
  });
});

test('a message changes each subscription once (SPEC 9.2, 2.3)', () => {
  const isGood = (...ids: string[]) =>
    requestSchemas['subscriptions.update'].safeParse({
      updates: ids.map((subscriptionId) => ({ subscriptionId, isWanted: true })),
    }).success;
  expect([isGood('a', 'b'), isGood('a', 'b', 'a')]).toEqual([true, false]);
});
