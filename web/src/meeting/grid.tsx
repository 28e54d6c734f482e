import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type CSSProperties, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { useSize } from '../ui/use-size.ts';
import { layoutGrid, pageOf } from './grid-layout.ts';
import type { PictureSlot } from './pictures.ts';
import { Tile } from './tile.tsx';

const GAP = 8;

/** The pictures, as large as they can be; in pages when there are very many. */
export function Grid({ tiles }: { tiles: readonly PictureSlot[] }) {
  const area = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(area);
  const [wantedPage, setPage] = useState(0);
  const { items, page, pages } = pageOf(tiles, wantedPage);
  const { columns, tileWidth, tileHeight } = layoutGrid(items.length, width, height, GAP);
  const style = {
    '--columns': columns,
    '--tile-width': `${tileWidth}px`,
    '--tile-height': `${tileHeight}px`,
    '--tile-gap': `${GAP}px`,
  } as CSSProperties;

  return (
    <div className="grid">
      <div className="grid__area" ref={area}>
        <ul className="grid__tiles" style={style} aria-label="Pictures">
          {items.map(({ key, participant, source }) => (
            <li key={key} className="grid__cell">
              <Tile participant={participant} source={source} />
            </li>
          ))}
        </ul>
      </div>
      {pages > 1 && (
        <nav className="grid__pages" aria-label="Pages of pictures">
          <Button
            size="icon"
            aria-label="Previous page"
            disabled={page === 0}
            onClick={() => setPage(page - 1)}
          >
            <ChevronLeft aria-hidden="true" />
          </Button>
          <span aria-live="polite">
            {page + 1} of {pages}
          </span>
          <Button
            size="icon"
            aria-label="Next page"
            disabled={page === pages - 1}
            onClick={() => setPage(page + 1)}
          >
            <ChevronRight aria-hidden="true" />
          </Button>
        </nav>
      )}
    </div>
  );
}
