import { useLobby } from '@balai/client/react';
import { DoorOpen } from 'lucide-react';
import { useMeeting, useMeetingState } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import './lobby.css';

/** Says over the pictures that somebody waits, as long as the list of people is closed. */
export function LobbyNotice() {
  const meeting = useMeeting();
  const { panel } = useMeetingState();
  const waiting = useLobby();
  const [first] = waiting;
  const isShown = first !== undefined && panel !== 'participants';
  return (
    <div role="status" className="lobby-notice">
      {isShown && (
        <div className="lobby-notice__card">
          <DoorOpen size={20} aria-hidden="true" />
          <span className="lobby-notice__text">
            {waiting.length === 1 ? (
              <>
                <bdi>{first.name}</bdi> waits to be let in
              </>
            ) : (
              `${waiting.length} people wait to be let in`
            )}
          </span>
          {waiting.length === 1 && (
            <Button
              look="primary"
              size="small"
              onClick={() =>
                void meeting.moderation.attempt('Nobody was let in.', () =>
                  meeting.moderation.acts.approve(first.identity),
                )
              }
            >
              Let in
            </Button>
          )}
          <Button look="quiet" size="small" onClick={() => meeting.showPanel('participants')}>
            Show<span className="visually-hidden"> who waits</span>
          </Button>
        </div>
      )}
    </div>
  );
}
