import { RemoteTrackPublication } from '@balai/client';
import { useTrack } from '@balai/client/react';
import { useEffect } from 'react';
import { useMeetingState } from './meeting-context.ts';
import type { PictureSlot } from './pictures.ts';
import { Strip } from './strip.tsx';
import { Tile } from './tile.tsx';

/** Above every picture that nobody chose. */
const ON_STAGE = 100;
/** Above everything. */
const PINNED = 255;

/** What is pinned, or a shared screen, large, with everybody in a strip beside it. */
export function Stage(props: { stage: PictureSlot; tiles: readonly PictureSlot[] }) {
  const { stage, tiles } = props;
  const priority = useMeetingState().pinned === stage.key ? PINNED : ON_STAGE;
  const publication = useTrack(stage.participant, stage.source)?.publication;
  useEffect(() => {
    if (!(publication instanceof RemoteTrackPublication)) return;
    publication.setPriority(priority);
    return () => publication.setPriority(1);
  }, [publication, priority]);
  return (
    <div className="stage">
      <div className="stage__screen">
        <Tile key={stage.key} participant={stage.participant} source={stage.source} />
      </div>
      <Strip tiles={tiles} />
    </div>
  );
}
