import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** Who may import what lies outside the package. */
const allowed: Readonly<Record<string, RegExp>> = {
  '@balai/protocol': /./,
  'mediasoup-client':
    /^(media\/(data-channels|mediasoup-engine|rtp-cast)|is-browser-supported)\.ts$/,
  react: /^react\//,
  'socket.io-client': /^(signalling\/open-socket|notifications\/personal-socket)\.ts$/,
};

test('the libraries are imported where they are wrapped, and nothing else is imported', () => {
  const strangers: string[] = [];
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const source = readFileSync(`${src}/${file}`, 'utf8');
    for (const [, specifier = ''] of source.matchAll(/from '([^'.][^']*)'/g)) {
      if (!allowed[specifier]?.test(file)) strangers.push(`${file} imports ${specifier}`);
    }
  }
  expect(strangers).toEqual([]);
});
