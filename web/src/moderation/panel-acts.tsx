import { useBreakouts, useCan, useIsLocked } from '@balai/client/react';
import { Ban, Ellipsis, Lock, LockOpen, MicOff, Network, SlidersHorizontal } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';

/** What opens from the head of the list of people. */
export type PanelDialog = 'breakouts' | 'bans' | 'settings';

/** What may be done about everybody at once, and about the room. Nothing for who may not. */
export function PanelActs({ onOpen }: { onOpen: (dialog: PanelDialog) => void }) {
  const { moderation } = useMeeting();
  const { acts } = moderation;
  const mayMuteAll = useCan('muteAll');
  const mayLock = useCan('lock');
  const mayLift = useCan('lift');
  const mayChangeRoom = useCan('changeRoom');
  const mayBreakOut = useCan('breakouts');
  const { isInBreakout } = useBreakouts();
  const isLocked = useIsLocked();
  const items: (MenuItem | false)[] = [
    mayBreakOut && {
      name: 'Breakout rooms…',
      Icon: Network,
      onChoose: () => onOpen('breakouts'),
    },
    mayLift && { name: 'Banned people…', Icon: Ban, onChoose: () => onOpen('bans') },
    mayChangeRoom &&
      !isInBreakout && {
        name: 'Room settings…',
        Icon: SlidersHorizontal,
        onChoose: () => onOpen('settings'),
      },
  ];
  const offered = items.filter((item) => item !== false);
  if (!mayMuteAll && !mayLock && offered.length === 0) return null;
  return (
    <div className="panel-acts">
      {mayMuteAll && (
        <Button look="quiet" size="small" onClick={() => void moderation.muteAll()}>
          <MicOff size={16} aria-hidden="true" /> Mute all
        </Button>
      )}
      {mayLock && (
        <Button
          look="quiet"
          size="small"
          aria-pressed={isLocked}
          onClick={() =>
            void moderation.attempt('The lock is as it was.', () => acts.setLocked(!isLocked))
          }
        >
          {isLocked ? (
            <Lock size={16} aria-hidden="true" />
          ) : (
            <LockOpen size={16} aria-hidden="true" />
          )}{' '}
          Lock room
        </Button>
      )}
      {offered.length > 0 && (
        <Menu name="More for this room" items={offered}>
          <Ellipsis size={18} aria-hidden="true" />
        </Menu>
      )}
    </div>
  );
}
