import { useReactions } from '@balai/client/react';
import type { CSSProperties } from 'react';
import { REACTION_NAMES } from './reactions-control.tsx';

/** Beyond these, more would only be in the way. */
const SHOWN_AT_ONCE = 24;
const LANES = 8;

/** The reactions of the last seconds, which float up over the pictures, with who sent them. */
export function FloatingReactions() {
  const shown = useReactions().slice(-SHOWN_AT_ONCE);
  return (
    <div className="floating" role="log" aria-label="Reactions">
      {shown.map(({ id, participant, reaction }) => (
        <span
          key={id}
          className="floating__one"
          style={{ '--lane': (id * 3) % LANES } as CSSProperties}
        >
          <span className="floating__picture" aria-hidden="true">
            {reaction}
          </span>
          <bdi className="floating__name">{participant.name}</bdi>
          <span className="visually-hidden">: {REACTION_NAMES[reaction]}</span>
        </span>
      ))}
    </div>
  );
}
