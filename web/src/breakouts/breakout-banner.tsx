import { useBreakouts, useRoomInfo } from '@balai/client/react';
import { CornerUpLeft, Network } from 'lucide-react';
import { useState } from 'react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import './breakouts.css';

/** Says that this is a breakout room, with the way back. Nothing in the main room. */
export function BreakoutBanner() {
  const { moderation } = useMeeting();
  const { isInBreakout } = useBreakouts();
  const { name } = useRoomInfo();
  const [isBusy, setBusy] = useState(false);
  if (!isInBreakout) return null;

  async function goBack() {
    setBusy(true);
    await moderation.attempt('You are still here.', () => moderation.acts.leaveBreakout());
    setBusy(false);
  }

  return (
    <section className="breakout-banner" aria-label="Breakout room">
      <Network size={18} aria-hidden="true" />
      <span className="breakout-banner__text">
        You are in the breakout room <bdi>{name}</bdi>
      </span>
      <Button look="quiet" size="small" disabled={isBusy} onClick={() => void goBack()}>
        <CornerUpLeft size={16} aria-hidden="true" /> Back to the main room
      </Button>
    </section>
  );
}
