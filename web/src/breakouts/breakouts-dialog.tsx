import { useBreakouts } from '@balai/client/react';
import { Dialog } from '../ui/dialog.tsx';
import { NewBreakouts } from './new-breakouts.tsx';
import { RunningBreakouts } from './running-breakouts.tsx';
import './breakouts.css';

/** Breakout rooms, for who leads: makes them, or leads the ones that there are. */
export function BreakoutsDialog({ onClose }: { onClose: () => void }) {
  const { breakouts } = useBreakouts();
  return (
    <Dialog title="Breakout rooms" onClose={onClose}>
      {breakouts.length === 0 ? (
        <NewBreakouts onClose={onClose} />
      ) : (
        <RunningBreakouts rooms={breakouts} onClose={onClose} />
      )}
    </Dialog>
  );
}
