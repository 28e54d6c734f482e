import type { Participant } from '@balai/client';
import {
  useModerationEvent,
  useParticipants,
  useRaisedHands,
  useRoles,
  useSpotlight,
} from '@balai/client/react';
import { useReducer, useState } from 'react';
import { BreakoutsDialog } from '../breakouts/breakouts-dialog.tsx';
import { LobbyList } from '../lobby/lobby-list.tsx';
import { useMeeting } from '../meeting/meeting-context.ts';
import { RoomSettingsDialog } from '../rooms/room-settings-dialog.tsx';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { BansDialog } from './bans-dialog.tsx';
import { PanelActs, type PanelDialog } from './panel-acts.tsx';
import { PersonItem } from './person-item.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import './moderation.css';

interface Sending {
  readonly act: 'remove' | 'ban';
  readonly person: Participant;
}

/** Who is in the meeting and who waits for it, with what may be done about them. Raised hands come first. */
export function PeoplePanel(props: { roomId: string; onClose: () => void }) {
  const meeting = useMeeting();
  const people = useParticipants();
  const hands = useRaisedHands();
  const spotlight = useSpotlight();
  const roles = useRoles();
  const [sending, setSending] = useState<Sending | null>(null);
  const [dialog, setDialog] = useState<PanelDialog | null>(null);
  const [, look] = useReducer((looks: number) => looks + 1, 0);
  useModerationEvent('rightsChanged', look);

  const questions = {
    onWrite: (person: Participant) => {
      meeting.chat.setRecipient(person);
      meeting.showPanel('chat');
    },
    onRemove: (person: Participant) => setSending({ act: 'remove', person }),
    onBan: (person: Participant) => setSending({ act: 'ban', person }),
  };
  const order = [...hands, ...people.filter((person) => !hands.includes(person))];
  const closeDialog = () => setDialog(null);

  return (
    <>
      <SidePanel id="participants" title="Participants" onClose={props.onClose}>
        <PanelActs onOpen={setDialog} />
        <div className="people-panel__lists">
          <LobbyList />
          <ul className="people" aria-label={`${people.length} in the meeting`}>
            {order.map((person) => (
              <PersonItem
                key={person.identity}
                person={person}
                role={roles[person.identity] ?? person.role}
                hand={hands.indexOf(person) + 1}
                isSpotlit={spotlight.includes(person)}
                questions={questions}
              />
            ))}
          </ul>
        </div>
        <div className="panel__footer">
          <CopyLinkButton roomId={props.roomId} label="Copy invite link" />
        </div>
      </SidePanel>
      {sending !== null && <RemoveDialog {...sending} onClose={() => setSending(null)} />}
      {dialog === 'breakouts' && <BreakoutsDialog onClose={closeDialog} />}
      {dialog === 'bans' && <BansDialog onClose={closeDialog} />}
      {dialog === 'settings' && <RoomSettingsDialog roomId={props.roomId} onClose={closeDialog} />}
    </>
  );
}
