import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const pages = globSync('{*.md,{docs,protocol,client-sdk,server-sdk}/**/*.md}', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|site)$/.test(path),
});

test.each(pages)('every link of %s leads to a file, and to a heading that is there', (page) => {
  const links = readFileSync(join(ROOT, page), 'utf8').matchAll(
    /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g,
  );
  const broken = [...links].filter(([, path = '', heading]) => {
    const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
    if (!existsSync(target)) return true;
    if (heading === undefined) return false;
    const headings = readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm);
    return ![...headings].some(([, title = '']) => anchorOf(title) === heading);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('there are pages with links', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', join('docs', 'embedding.md')]));
});

/** As GitHub names a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}
