import { useCan, useLocalParticipant, useRaisedHands } from '@balai/client/react';
import { Hand } from 'lucide-react';
import { Control } from '../meeting/control.tsx';
import { useMeeting } from '../meeting/meeting-context.ts';

/** Raises one's hand, and lowers it again. */
export function HandControl() {
  const { moderation } = useMeeting();
  const { localParticipant } = useLocalParticipant();
  const isRaised = useRaisedHands().includes(localParticipant);
  if (!useCan('raiseHand')) return null;
  return (
    <Control
      name={isRaised ? 'Lower hand' : 'Raise hand'}
      look={isRaised ? 'active' : 'plain'}
      onPress={() => void moderation.toggleHand(isRaised)}
    >
      <Hand />
    </Control>
  );
}
