/** The most tiles that one page of the grid shows. */
export const TILES_PER_PAGE = 25;

const ASPECT_RATIO = 16 / 9;

/** How a page of tiles fills its container. Lengths are CSS pixels. */
export interface GridLayout {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/**
 * The arrangement in which `count` tiles of 16:9 are as large as they can be
 * in a container; of two that are equally good, the one with fewer columns.
 *
 * @param count 1 to {@link TILES_PER_PAGE}.
 * @param gap Pixels between two tiles.
 */
export function layoutGrid(count: number, width: number, height: number, gap: number): GridLayout {
  let best: GridLayout = { columns: 1, rows: Math.max(count, 1), tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const widthForTiles = (width - gap * (columns - 1)) / columns;
    const heightForTiles = (height - gap * (rows - 1)) / rows;
    const tileWidth = Math.floor(Math.min(widthForTiles, heightForTiles * ASPECT_RATIO));
    if (tileWidth <= best.tileWidth) continue;
    best = { columns, rows, tileWidth, tileHeight: Math.floor(tileWidth / ASPECT_RATIO) };
  }
  return best;
}

/** What one page of a long list shows. */
export interface GridPage<T> {
  readonly items: readonly T[];
  /** Counted from 0, and held to the pages there are. */
  readonly page: number;
  readonly pages: number;
}

/** Cuts a list into pages of {@link TILES_PER_PAGE}. A page past the end is the last one. */
export function pageOf<T>(items: readonly T[], page: number): GridPage<T> {
  const pages = Math.max(1, Math.ceil(items.length / TILES_PER_PAGE));
  const held = Math.min(Math.max(page, 0), pages - 1);
  const start = held * TILES_PER_PAGE;
  return { items: items.slice(start, start + TILES_PER_PAGE), page: held, pages };
}
