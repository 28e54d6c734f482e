import { describe, expect, test } from 'vitest';
import { isUuid } from '../../kernel/uuid.ts';
import { userIdOf } from './user-id.ts';

const PROJECT = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('the id of somebody whom an application knows', () => {
  test('is the UUID of version 5 that RFC 9562 gives as its example', () => {
    expect(userIdOf('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  test('is the same for the same name and project, and another for any other', () => {
    const id = userIdOf(PROJECT, 'alice');
    expect(isUuid(id)).toBe(true);
    expect(userIdOf(PROJECT.toUpperCase(), 'alice')).toBe(id);
    const others = ['Alice', 'alice ', 'álice', ''].map((name) => userIdOf(PROJECT, name));
    expect(new Set([id, ...others, userIdOf(PROJECT.replace('0', '1'), 'alice')]).size).toBe(6);
  });
});
