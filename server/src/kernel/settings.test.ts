import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from './app-error.ts';
import { createSettingRegistry, setting } from './settings.ts';

const registry = createSettingRegistry({
  theme: setting(z.enum(['light', 'dark']), 'light', 'Colours.'),
  volume: setting(z.number().min(0).max(1), 0.5, 'Loudness.'),
  greeting: setting(z.string().nullable(), null, 'What to say.'),
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
  return 'none';
}

describe('a registry of settings', () => {
  test('gives the default of what nobody set', () => {
    expect(registry.read('theme', undefined)).toBe('light');
    expect(registry.readAll([])).toEqual({ theme: 'light', volume: 0.5, greeting: null });
  });

  test('reads what it wrote', () => {
    expect(registry.read('volume', registry.write('volume', 0.25))).toBe(0.25);
    expect(registry.read('greeting', registry.write('greeting', 'halo "dunia"'))).toBe(
      'halo "dunia"',
    );
  });

  test.each(['light', '"purple"', '', 'null'])(
    'takes what is stored as %j, and does not fit, for not set',
    (stored) => {
      expect(registry.read('theme', stored)).toBe('light');
    },
  );

  test('leaves stored keys out that it does not know', () => {
    const all = registry.readAll([
      ['theme', '"dark"'],
      ['gone', '1'],
    ]);
    expect(all).toEqual({ theme: 'dark', volume: 0.5, greeting: null });
  });

  test.each(['colour', '__proto__', 'constructor', ''])('knows no key %j', (key) => {
    expect(codeOf(() => registry.write(key, 1))).toBe('unknown_setting');
  });

  test('refuses a value that does not fit, or is too long', () => {
    expect(codeOf(() => registry.write('volume', 2))).toBe('invalid_request');
    expect(codeOf(() => registry.write('greeting', 'x'.repeat(5_000)))).toBe('invalid_request');
  });
});
