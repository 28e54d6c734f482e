import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const EXAMPLE = fileURLToPath(new URL('./embedding', import.meta.url));
const DOCS = fileURLToPath(new URL('../docs', import.meta.url));
const guide = readFileSync(join(DOCS, 'embedding.md'), 'utf8');

/** Files that the guide does not print: it says where the style sheet is, and npm writes the manifest. */
const NOT_PRINTED = ['.gitignore', 'package.json', 'src/page/style.css', 'tsconfig.json'];

interface Excerpt {
  readonly language: string;
  /** In the folder of the example. */
  readonly path: string | undefined;
  readonly code: string;
}

const excerpts: readonly Excerpt[] = [...guide.matchAll(/^```(\w*)(?: (\S+))?\n(.*?)^```$/gms)].map(
  ([, language = '', path, code = '']) => ({ language, path, code: code.trim() }),
);

/** What the example consists of, without what is installed and built. */
const files = globSync(['**/*', '**/.*'], {
  cwd: EXAMPLE,
  withFileTypes: true,
  exclude: ({ name }) => ['node_modules', 'dist', '.env'].includes(name),
})
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(EXAMPLE.length + 1));

test('the guide prints every file of the example', () => {
  const printed = new Set(excerpts.flatMap(({ path }) => path ?? []));
  expect([...printed, ...NOT_PRINTED].toSorted()).toEqual(files.toSorted());
});

test.each(files.filter((path) => !NOT_PRINTED.includes(path)))(
  'the excerpts of %s are the file, in its order',
  (path) => {
    const pieces = excerpts.filter((excerpt) => excerpt.path === path).map(({ code }) => code);
    expect(pieces.join('\n\n')).toBe(readFileSync(join(EXAMPLE, path), 'utf8').trim());
  },
);

test('all code of the guide is of the example, but for commands and a drawing', () => {
  const others = excerpts.filter(({ path }) => path === undefined);
  expect(new Set(others.map(({ language }) => language))).toEqual(new Set(['', 'sh']));
});

test('the commands of the guide install what the example needs, and start it alike', () => {
  const { dependencies, scripts } = JSON.parse(
    readFileSync(join(EXAMPLE, 'package.json'), 'utf8'),
  ) as { dependencies: Record<string, string>; scripts: { start: string } };
  expect(guide).toContain(`npm install ${Object.keys(dependencies).join(' ')}\n`);
  expect(guide).toContain(`scripts.start="${scripts.start}"`);
});
