import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../../test/test-stores.ts';
import { Scene } from '../testing/scene.ts';
import { StayLog } from './stay-log.ts';
import type { StayRecord } from './stay-records.ts';

let log: StayLog | undefined;
afterEach(() => log?.close());

test('a stay is written as it is now, also where it was due to be written already', async () => {
  const scene = new Scene();
  const { stay, client } = await scene.join('ann');
  client.graceMs = 20_000;
  const written: StayRecord[] = [];
  const mayWrite = Promise.withResolvers<void>();
  log = new StayLog({
    records: {
      write: async (record) => {
        await mayWrite.promise;
        written.push(record);
      },
      find: async () => null,
      forget: async () => undefined,
      claim: async () => undefined,
      onLoss: () => () => undefined,
    },
    media: { locate: () => 'node' },
    infoOf: () => scene.sessions.findPeople('hall')[0],
    stays: () => [stay],
    logger: silentLogger,
  });
  void log.noted(stay);
  scene.sessions.updateParticipant(stay, { name: 'Ann' });
  void log.noted(stay);
  const isWritten = log.written(stay);
  mayWrite.resolve();
  await isWritten;
  expect(written.at(-1)?.info.name).toBe('Ann');
});
