import type { Participant, ParticipantRole } from '@balai/client';
import { useParticipants, useRoles, useSpeaking, useTrack } from '@balai/client/react';
import { Mic, MicOff, MonitorUp, Video as VideoIcon, VideoOff } from 'lucide-react';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { SidePanel } from '../ui/side-panel.tsx';

/** Who is in the meeting, and with what. */
export function ParticipantsPanel(props: { roomId: string; onClose: () => void }) {
  const people = useParticipants();
  const roles = useRoles();
  return (
    <SidePanel id="participants" title="Participants" onClose={props.onClose}>
      <ul className="people" aria-label={`${people.length} in the meeting`}>
        {people.map((person) => (
          <PersonItem key={person.identity} person={person} role={roles[person.identity]} />
        ))}
      </ul>
      <div className="panel__footer">
        <CopyLinkButton roomId={props.roomId} label="Copy invite link" />
      </div>
    </SidePanel>
  );
}

function PersonItem(props: { person: Participant; role: ParticipantRole | undefined }) {
  const { person, role } = props;
  const isSpeaking = useSpeaking(person);
  const isSharing = useTrack(person, 'screen_share')?.isMuted === false;
  const isMicrophoneOn = useTrack(person, 'microphone')?.isMuted === false;
  const isCameraOn = useTrack(person, 'camera')?.isMuted === false;
  return (
    <li className="people__item">
      <span className="people__name">
        <bdi title={person.name}>{person.name}</bdi>
      </span>
      <span className="people__notes">
        {person.isLocal && '(you)'} {role === 'host' && 'Host'}
      </span>
      <span className="people__devices">
        {isSharing && <Mark of={MonitorUp} label="shares a screen" />}
        {isMicrophoneOn ? (
          <span className={isSpeaking ? 'people__speaking' : undefined}>
            <Mark of={Mic} label={isSpeaking ? 'speaking' : 'microphone on'} />
          </span>
        ) : (
          <Mark of={MicOff} label="microphone off" />
        )}
        {isCameraOn ? (
          <Mark of={VideoIcon} label="camera on" />
        ) : (
          <Mark of={VideoOff} label="camera off" />
        )}
      </span>
    </li>
  );
}

function Mark({ of: Icon, label }: { of: typeof Mic; label: string }) {
  return (
    <>
      <Icon size={17} aria-hidden="true" />
      <span className="visually-hidden">, {label}</span>
    </>
  );
}
