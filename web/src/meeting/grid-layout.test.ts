import { describe, expect, it } from 'vitest';
import { layoutGrid, pageOf, TILES_PER_PAGE } from './grid-layout.ts';

describe('the grid', () => {
  it.each([
    // count, width, height, columns, rows
    [1, 1280, 660, 1, 1],
    [2, 1280, 660, 2, 1],
    [3, 1280, 660, 2, 2],
    [4, 1280, 660, 2, 2],
    [5, 1280, 660, 3, 2],
    [6, 1280, 660, 3, 2],
    [7, 1280, 660, 3, 3],
    [9, 1280, 660, 3, 3],
    [10, 1280, 660, 4, 3],
    [12, 1280, 660, 4, 3],
    [16, 1280, 660, 4, 4],
    [17, 1280, 660, 5, 4],
    [20, 1280, 660, 5, 4],
    [25, 1280, 660, 5, 5],
    // A phone stacks.
    [1, 344, 600, 1, 1],
    [2, 344, 600, 1, 2],
    [3, 344, 600, 1, 3],
    [4, 344, 600, 1, 4],
    [6, 344, 600, 2, 3],
    [25, 344, 600, 3, 9],
    // A wide strip lines up.
    [4, 1600, 200, 4, 1],
  ])(
    'puts %i tiles into %i × %i pixels as %i columns of %i rows',
    (count, width, height, columns, rows) => {
      expect(layoutGrid(count, width, height, 8)).toMatchObject({ columns, rows });
    },
  );

  const containers = [
    [1280, 660],
    [1920, 960],
    [800, 800],
    [344, 600],
    [640, 260],
  ] as const;
  const counts = Array.from({ length: TILES_PER_PAGE }, (_, index) => index + 1);

  it.each(containers)('keeps 1 to 25 tiles inside %i × %i pixels, in 16:9', (width, height) => {
    for (const count of counts) {
      const { columns, rows, tileWidth, tileHeight } = layoutGrid(count, width, height, 8);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * tileWidth + (columns - 1) * 8).toBeLessThanOrEqual(width);
      expect(rows * tileHeight + (rows - 1) * 8).toBeLessThanOrEqual(height);
      expect(tileWidth).toBeGreaterThan(60);
      expect(Math.abs(tileWidth / (16 / 9) - tileHeight)).toBeLessThan(1);
    }
  });

  it.each(containers)(
    'finds no arrangement with larger tiles in %i × %i pixels',
    (width, height) => {
      for (const count of counts) {
        const { tileWidth } = layoutGrid(count, width, height, 8);
        for (let columns = 1; columns <= count; columns += 1) {
          const rows = Math.ceil(count / columns);
          const larger = tileWidth + 2;
          const fits =
            columns * larger + (columns - 1) * 8 <= width &&
            (rows * larger * 9) / 16 + (rows - 1) * 8 <= height;
          expect(fits).toBe(false);
        }
      }
    },
  );

  it('gives tiles no size while the container has none', () => {
    expect(layoutGrid(4, 0, 0, 8)).toMatchObject({ tileWidth: 0, tileHeight: 0 });
  });
});

describe('the pages of the grid', () => {
  const people = (count: number) => Array.from({ length: count }, (_, index) => index);

  it.each([
    // people, page asked for, page shown, pages, first, shown
    [0, 0, 0, 1, undefined, 0],
    [25, 0, 0, 1, 0, 25],
    [26, 0, 0, 2, 0, 25],
    [26, 1, 1, 2, 25, 1],
    [60, 2, 2, 3, 50, 10],
    [26, 7, 1, 2, 25, 1],
    [26, -1, 0, 2, 0, 25],
  ])(
    'of %i people, asked for page %i, is page %i of %i',
    (count, asked, page, pages, first, shown) => {
      const result = pageOf(people(count), asked);
      expect(result).toMatchObject({ page, pages });
      expect(result.items[0]).toBe(first);
      expect(result.items).toHaveLength(shown);
    },
  );
});
