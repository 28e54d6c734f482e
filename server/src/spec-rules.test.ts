import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSourceFiles } from '../test/source-files.ts';

const SPEC = fileURLToPath(new URL('../../protocol/SPEC.md', import.meta.url));

const rules = [...readFileSync(SPEC, 'utf8').matchAll(/^- \*\*(\d+\.\d+)\*\*/gm)].map(
  ([, rule = '']) => rule,
);

/** Rules that the names of tests cite, as in "(SPEC 1.3, 2.1)", by file. */
const citations = readSourceFiles()
  .filter(({ path }) => /\.test\.tsx?$|(^|\/)contract\/|\.contract\.ts$/.test(path))
  .flatMap(({ path, text }) =>
    [...text.matchAll(/\(SPEC ([\d., ]+)\)/g)].flatMap(([, cited = '']) =>
      cited.split(',').map((rule) => ({ path, rule: rule.trim() })),
    ),
  );

describe('the rules of protocol/SPEC.md', () => {
  test('are numbered one by one', () => {
    const chapters = Map.groupBy(rules, (rule) => rule.split('.')[0] ?? '');
    expect([...chapters.keys()]).toEqual(Array.from(chapters.keys(), (_, index) => `${index + 1}`));
    for (const [chapter, ofChapter] of chapters) {
      expect(ofChapter).toEqual(ofChapter.map((_, index) => `${chapter}.${index + 1}`));
    }
  });

  test.each(rules)('%s is cited by a test', (rule) => {
    expect(citations.filter((citation) => citation.rule === rule)).not.toEqual([]);
  });

  test('are all that tests cite', () => {
    expect(citations.filter(({ rule }) => !rules.includes(rule))).toEqual([]);
  });
});
