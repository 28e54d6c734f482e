import { expect, test } from 'vitest';
import { usesClients } from './selected-tests.ts';

test.each<[string[], boolean]>([
  [['--project', 'unit', 'layout'], true],
  [['--project=store', '-t', 'a room'], false],
  [['--project', 'store', '--project', 'browser'], true],
  [['--project', 'media'], true],
  [['--project', '!store'], true],
  [['layout'], true],
])('tests selected by %j may use the built clients: %s', (args, uses) => {
  expect(usesClients(args)).toBe(uses);
});
