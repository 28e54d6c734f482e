import { LIMITS, type Reply } from '@balai/protocol';
import { beforeEach, expect, test } from 'vitest';
import { Scene } from '../../features/sessions/testing/scene.ts';
import { createLogger } from '../../kernel/logger.ts';
import { Client } from './client.ts';
import type { Handlers } from './handler.ts';
import { SharedPace } from './shared-pace.ts';

let now: number;
let told: number;
let others: number;
let client: Client;
/** What operators are told of requests. */
let counted: string[];

beforeEach(async () => {
  now = 0;
  told = 0;
  counted = [];
  const clock = () => now;
  const { stay } = await new Scene().join('ann');
  const handlers = new Proxy({} as Handlers, {
    get: () => async () => {
      told += 1;
      return null;
    },
  });
  client = new Client({
    stay,
    handlers,
    isOwed: () => false,
    countOthers: () => others,
    violated: () => {
      throw new Error('the client was sent out');
    },
    sharedPace: new SharedPace(async () => undefined, clock),
    metrics: {
      count: (name, labels) => counted.push(`${name} ${Object.values(labels).join(' ')}`),
      observe: (name, labels, seconds) =>
        counted.push(`${name} ${Object.values(labels).join(' ')} ${seconds >= 0 && seconds < 10}`),
    },
    clock,
    logger: createLogger('silent'),
  });
});

function send(textId: string, text: string): Promise<Reply<'text.send'>> {
  return new Promise((resolve) =>
    client.receive(['text.send', { textId, topic: '', text }, resolve]),
  );
}

test('long texts to many are taken once in a while, and short ones as before (SPEC 2.8)', async () => {
  others = 500;
  const long = 'x'.repeat(LIMITS.dataText);
  expect(await send('1', long)).toMatchObject({ ok: true });
  const refused = await send('2', long);
  expect(refused).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
  expect(told).toBe(1);
  now += refused.ok ? 0 : (refused.error.retryAfterMs ?? 0);
  expect(await send('3', long)).toMatchObject({ ok: true });

  now += 10_000;
  for (let text = 0; text < 20; text += 1) {
    expect(await send(`short ${text}`, 'a message that people write')).toMatchObject({ ok: true });
  }
});

test('long texts among few are taken as fast as short ones', async () => {
  others = 5;
  const long = 'x'.repeat(LIMITS.dataText);
  for (let text = 0; text < 20; text += 1) {
    expect(await send(`${text}`, long)).toMatchObject({ ok: true });
  }
});

test('operators are told of each request under the name of a method that there is', async () => {
  others = 1;
  const send = (...message: unknown[]) =>
    new Promise((resolve) => client.receive([...message, resolve]));
  await send('room.leave', {});
  await send('room.leave', { now: true });
  await send(`made up ${'x'.repeat(50)}`, {});
  expect(counted).toEqual([
    'balai_signalling_requests_total room.leave ok',
    'balai_signalling_request_duration_seconds room.leave true',
    'balai_signalling_requests_total room.leave invalid_request',
    'balai_signalling_requests_total unknown unknown_method',
  ]);
});
