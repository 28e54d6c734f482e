import { useEffect } from 'react';
import { useMeeting } from './meeting-context.ts';
import type { PictureSlot } from './pictures.ts';
import { Tile } from './tile.tsx';

/** A shared screen, large, with everybody in a strip beside it. */
export function Stage(props: { stage: PictureSlot; tiles: readonly PictureSlot[] }) {
  const { stage, tiles } = props;
  const { person, source } = stage;
  const meeting = useMeeting();
  // A screen that was shared anew is another publication.
  const picture = source === 'screen_share' ? person.screen : person.camera;
  useEffect(
    () => (picture === null ? undefined : meeting.prefer(person.identity, source)),
    [meeting, person.identity, source, picture],
  );
  return (
    <div className="stage">
      <div className="stage__screen">
        <Tile person={person} source={source} />
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
