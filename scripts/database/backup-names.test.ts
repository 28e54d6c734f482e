import { expect, test } from 'vitest';
import { backupName, expiredBackups, parseBackupName } from './backup-names.ts';

const now = new Date('2026-03-31T12:00:00Z');

test('a name says what is in it and when it was made, and is read back', () => {
  const name = backupName('balai', 'full', new Date('2026-01-02T03:04:05.678Z'));
  expect(name).toBe('balai_full_20260102_030405');
  expect(parseBackupName(name)).toEqual({
    name,
    database: 'balai',
    mode: 'full',
    createdAt: new Date('2026-01-02T03:04:05Z'),
  });
  expect(backupName('a b/../c', 'data', now)).not.toMatch(/[ /]/);
  for (const other of [
    'backup.log',
    '.incomplete-12',
    'balai_full_2026',
    'balai_half_20260102_030405',
  ]) {
    expect(parseBackupName(other)).toBeUndefined();
  }
});

test.each([
  [
    'an older one goes',
    ['balai_full_20260331_110000', 'balai_full_20260101_000000'],
    ['balai_full_20260101_000000'],
  ],
  ['one of the last days stays', ['balai_full_20260331_110000', 'balai_full_20260302_000000'], []],
  ['the newest stays, however old', ['balai_full_20200101_000000'], []],
  ['another mode stays', ['balai_full_20260331_110000', 'balai_data_20200101_000000'], []],
  ['another database stays', ['balai_full_20260331_110000', 'my_balai_full_20200101_000000'], []],
  ['what is no backup stays', ['balai_full_20260331_110000', 'notes_from_2020', 'backup.log'], []],
])('%s', (_name, names, expired) => {
  const kept = { database: 'balai', mode: 'full', maxAgeDays: 30, now } as const;
  expect(expiredBackups(names, kept)).toEqual(expired);
});
