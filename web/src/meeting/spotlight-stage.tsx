import { type Participant, RemoteTrackPublication } from '@balai/client';
import { useTrack } from '@balai/client/react';
import { useEffect } from 'react';
import type { PictureSlot } from './pictures.ts';
import { Strip } from './strip.tsx';
import { Tile } from './tile.tsx';

/** Above every picture that nobody chose. */
const IN_SPOTLIGHT = 100;

interface SpotlightStageProps {
  readonly people: readonly Participant[];
  /** What else there is. */
  readonly tiles: readonly PictureSlot[];
}

/** Who is in the spotlight, large for everybody, with the others in a strip beside them. */
export function SpotlightStage({ people, tiles }: SpotlightStageProps) {
  return (
    <div className="stage">
      <ul className="spotlight" aria-label="In the spotlight">
        {people.map((person) => (
          <li key={person.identity} className="stage__screen">
            <LitTile person={person} />
          </li>
        ))}
      </ul>
      <Strip tiles={tiles} />
    </div>
  );
}

function LitTile({ person }: { person: Participant }) {
  const publication = useTrack(person, 'camera')?.publication;
  useEffect(() => {
    if (!(publication instanceof RemoteTrackPublication)) return;
    publication.setPriority(IN_SPOTLIGHT);
    return () => publication.setPriority(1);
  }, [publication]);
  return <Tile participant={person} source="camera" />;
}
