import type { PictureSlot } from './pictures.ts';
import { Tile } from './tile.tsx';

/** A shared screen, large, with everybody in a strip beside it. */
export function Stage(props: { stage: PictureSlot; tiles: readonly PictureSlot[] }) {
  const { stage, tiles } = props;
  return (
    <div className="stage">
      <div className="stage__screen">
        <Tile person={stage.person} source={stage.source} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it. */}
      <ul className="stage__strip" aria-label="Pictures" tabIndex={0}>
        {tiles.map(({ key, person, source }) => (
          <li key={key} className="stage__cell">
            <Tile person={person} source={source} />
          </li>
        ))}
      </ul>
    </div>
  );
}
