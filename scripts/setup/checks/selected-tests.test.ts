import { expect, test } from 'vitest';
import { usesClients } from './selected-tests.ts';

test.each<[string[], boolean]>([
  [['--project', 'unit', 'layout'], false],
  [['--project=store', '-t', 'a room'], false],
  [['--project', 'unit', '--project', 'browser'], true],
  [['--project', 'media'], true],
  [['--project', '!unit'], true],
  [['layout'], true],
])('tests selected by %j may use the built clients: %s', (args, uses) => {
  expect(usesClients(args)).toBe(uses);
});
