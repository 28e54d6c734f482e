import { REACTIONS, type Reaction } from '@balai/client/moderation';
import { useCan } from '@balai/client/react';
import { SmilePlus } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';

/** What the pictures say to those who do not see them. */
export const REACTION_NAMES: Record<Reaction, string> = {
  '👍': 'Thumbs up',
  '👏': 'Applause',
  '❤️': 'Heart',
  '😂': 'Laughter',
  '😮': 'Surprise',
  '🎉': 'Party',
};

/** A button that opens a row of reactions. It stays open: one may clap more than once. */
export function ReactionsControl() {
  const { moderation } = useMeeting();
  const [isOpen, setOpen] = useState(false);
  const group = useRef<HTMLDivElement>(null);
  const mayReact = useCan('react');

  useEffect(() => {
    if (!isOpen) return;
    function closeOutside({ target }: PointerEvent) {
      if (target instanceof Node && !group.current?.contains(target)) setOpen(false);
    }
    document.addEventListener('pointerdown', closeOutside);
    return () => document.removeEventListener('pointerdown', closeOutside);
  }, [isOpen]);

  function close(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !isOpen) return;
    event.stopPropagation();
    setOpen(false);
    document.getElementById('reactions-toggle')?.focus();
  }

  if (!mayReact) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears Escape from the buttons inside.
    <div className="reactions" ref={group} onKeyDown={close}>
      <Button
        size="icon"
        id="reactions-toggle"
        className={isOpen ? 'control control--active' : 'control'}
        aria-label="Reactions"
        title="Reactions"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <SmilePlus />
      </Button>
      {isOpen && (
        <fieldset className="reactions__row" aria-label="Send a reaction">
          {REACTIONS.map((reaction) => (
            <button
              key={reaction}
              type="button"
              className="reactions__one"
              aria-label={REACTION_NAMES[reaction]}
              title={REACTION_NAMES[reaction]}
              onClick={() =>
                void moderation.attempt('The reaction was not sent.', () =>
                  moderation.acts.sendReaction(reaction),
                )
              }
            >
              {reaction}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  );
}
