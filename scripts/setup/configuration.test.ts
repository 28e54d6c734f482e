import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { SetupError } from './say.ts';

test('a wrong configuration gives one message that lists every fault', () => {
  const env = {
    PORT: 'eighty',
    REDIS_URL: 'http://localhost',
    MEDIASOUP_WORKER_BIN: '/nowhere/mediasoup-worker',
  };
  let message = '';
  try {
    readConfiguration(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SetupError);
    message = (error as Error).message;
  }
  expect(message).toMatch(/3 faults/);
  for (const name of Object.keys(env)) expect(message).toMatch(new RegExp(`^ {4}${name}`, 'm'));
});

test('without any setting the start script brings database and Redis itself', () => {
  expect(readConfiguration({})).toMatchObject({ databaseUrl: undefined, redisUrl: undefined });
});
