import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

test('many passwords at once leave threads for files and tokens', async () => {
  let hashed = 0;
  const all = Promise.all(
    Array.from({ length: 24 }, async (_, index) => {
      await hashPassword(`password ${index}`);
      hashed += 1;
    }),
  );
  // Files and signatures are the work of the same few threads.
  await stat('.');
  expect(hashed).toBeLessThan(12);
  await all;
  expect(hashed).toBe(24);
});

test('a password is verified however a keyboard composes its letters', async () => {
  const hashed = await hashPassword('caf\u00e9');
  expect(await verifyPassword(hashed, 'cafe\u0301')).toBe(true);
  expect(await verifyPassword(hashed, 'cafe')).toBe(false);
});
