import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '..');

it('each class has its rules in one style sheet, so that pages look the same in any order', () => {
  const sheetsOf = new Map<string, Set<string>>();
  for (const sheet of globSync('**/*.css', { cwd: SOURCE })) {
    const text = readFileSync(join(SOURCE, sheet), 'utf8');
    for (const [, name = ''] of text.matchAll(/^\s*\.([\w-]+)/gm)) {
      sheetsOf.set(name, (sheetsOf.get(name) ?? new Set()).add(sheet));
    }
  }
  expect(sheetsOf.size).toBeGreaterThan(100);
  const shared = [...sheetsOf].filter(([, sheets]) => sheets.size > 1);
  expect(shared.map(([name, sheets]) => [name, ...sheets])).toEqual([]);
});
