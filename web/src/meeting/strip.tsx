import type { PictureSlot } from './pictures.ts';
import { Tile } from './tile.tsx';

/** The pictures that stand small beside what is large. */
export function Strip({ tiles }: { tiles: readonly PictureSlot[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it.
    <ul className="stage__strip" aria-label="Pictures" tabIndex={0}>
      {tiles.map(({ key, participant, source }) => (
        <li key={key} className="stage__cell">
          <Tile participant={participant} source={source} />
        </li>
      ))}
    </ul>
  );
}
