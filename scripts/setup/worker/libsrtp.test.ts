import { expect, test } from 'vitest';
import { toSourceLines, toSourceStanzas } from './libsrtp.ts';

test('every binary line of a sources.list becomes a source line', () => {
  const list = [
    '# a comment',
    'deb http://mirror.example/debian bookworm main',
    '  deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm-updates main contrib',
    'deb [arch=amd64] http://mirror.example/other stable main',
    'deb-src http://mirror.example/debian bookworm main',
    '',
  ].join('\n');
  expect(toSourceLines(list).split('\n')).toEqual([
    'deb-src http://mirror.example/debian bookworm main',
    'deb-src [ signed-by=/k.gpg] http://mirror.example/debian bookworm-updates main contrib',
    'deb-src http://mirror.example/other stable main',
    '',
  ]);
  expect(toSourceLines('# deb http://mirror.example/debian bookworm main')).toBe('');
});

test('every enabled stanza with binaries becomes one with sources', () => {
  const sources = [
    'Types: deb',
    '# where this was made from',
    'URIs: http://mirror.example/debian',
    'Suites: bookworm bookworm-updates',
    'Components: main',
    'Architectures: amd64',
    'Signed-By: /usr/share/keyrings/archive.gpg',
    '',
    'Types: deb deb-src',
    'URIs: http://mirror.example/security',
    'Suites: bookworm-security',
    'Components: main',
    '',
    'Enabled: no',
    'Types: deb',
    'URIs: http://mirror.example/off',
    '',
    'Types: deb-src',
    'URIs: http://mirror.example/only-sources',
  ].join('\n');
  expect(toSourceStanzas(sources)).toBe(
    [
      'Types: deb-src',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      'Signed-By: /usr/share/keyrings/archive.gpg',
      '',
      'Types: deb-src',
      'URIs: http://mirror.example/security',
      'Suites: bookworm-security',
      'Components: main',
      '',
    ].join('\n'),
  );
});
