import { expect, test } from 'vitest';
import { Inbox } from './inbox.ts';

test('whoever awaited an answer goes on before what came after it is handed on', async () => {
  const inbox = new Inbox();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const lastCame = Promise.withResolvers<void>();
  const waiting = (async () => {
    await promise;
    await Promise.resolve();
    order.push('went on');
  })();
  inbox.fact(() => order.push('fact before'));
  inbox.answer(resolve);
  inbox.fact(() => order.push('fact after'));
  inbox.answer(() => order.push('answer after'));
  inbox.fact(() => {
    order.push('last fact');
    lastCame.resolve();
  });
  await Promise.all([waiting, lastCame.promise]);
  expect(order).toEqual(['fact before', 'went on', 'fact after', 'answer after', 'last fact']);
});
