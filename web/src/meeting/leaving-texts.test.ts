import { describe, expect, it } from 'vitest';
import { LEAVING_TEXTS } from './leaving-texts.ts';

describe('the words after a stay', () => {
  it('are different for each reason', () => {
    const titles = Object.values(LEAVING_TEXTS).map(({ title, text }) => `${title} ${text}`);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('offer no way back into a meeting that has ended', () => {
    const closed = Object.entries(LEAVING_TEXTS).filter(([, { canRejoin }]) => !canRejoin);
    expect(closed.map(([reason]) => reason)).toEqual(['room_closed']);
  });
});
