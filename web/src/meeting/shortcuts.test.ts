import { describe, expect, it } from 'vitest';
import { actionOfKey, type KeyPress, type KeyTarget } from './shortcuts.ts';

function press(code: string, changes: Partial<KeyPress> = {}): KeyPress {
  return {
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    repeat: false,
    isComposing: false,
    ...changes,
  };
}

function target(tagName: string, isContentEditable = false): KeyTarget {
  return { tagName, isContentEditable };
}

describe('keyboard shortcuts', () => {
  it.each([
    ['KeyM', 'microphone'],
    ['KeyV', 'camera'],
    ['KeyS', 'screen'],
    ['KeyP', 'participants'],
    ['KeyC', 'chat'],
  ])('know %s as %s', (code, action) => {
    expect(actionOfKey(press(code), target('BODY'))).toBe(action);
    expect(actionOfKey(press(code), target('BUTTON'))).toBe(action);
  });

  it.each(['KeyX', 'Enter', 'Space', 'Tab', 'toString'])('leave %s alone', (code) => {
    expect(actionOfKey(press(code), target('BODY'))).toBeNull();
  });

  it.each([target('INPUT'), target('TEXTAREA'), target('SELECT'), target('DIV', true)])(
    'do nothing while somebody types into %o',
    (typed) => {
      expect(actionOfKey(press('KeyM'), typed)).toBeNull();
    },
  );

  it.each([
    { ctrlKey: true },
    { metaKey: true },
    { altKey: true },
    { shiftKey: true },
    { repeat: true },
    { isComposing: true },
  ])('do nothing with %o', (changes) => {
    expect(actionOfKey(press('KeyM', changes), target('BODY'))).toBeNull();
  });
});
