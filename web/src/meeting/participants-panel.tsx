import { Mic, MicOff, MonitorUp, Video as VideoIcon, VideoOff } from 'lucide-react';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { useMeetingState } from './meeting-context.ts';
import type { Person } from './people.ts';

/** Who is in the meeting, and with what. */
export function ParticipantsPanel(props: { roomId: string; onClose: () => void }) {
  const { people } = useMeetingState();
  return (
    <SidePanel id="participants" title="Participants" onClose={props.onClose}>
      <ul className="people" aria-label={`${people.length} in the meeting`}>
        {people.map((person) => (
          <PersonItem key={person.identity} person={person} />
        ))}
      </ul>
      <div className="panel__footer">
        <CopyLinkButton roomId={props.roomId} label="Copy invite link" />
      </div>
    </SidePanel>
  );
}

function PersonItem({ person }: { person: Person }) {
  return (
    <li className="people__item">
      <span className="people__name">
        <bdi title={person.name}>{person.name}</bdi>
      </span>
      <span className="people__notes">
        {person.isLocal && '(you)'} {person.role === 'host' && 'Host'}
      </span>
      <span className="people__devices">
        {person.isSharingScreen && <Mark of={MonitorUp} label="shares a screen" />}
        {person.isMicrophoneOn ? (
          <span className={person.isSpeaking ? 'people__speaking' : undefined}>
            <Mark of={Mic} label={person.isSpeaking ? 'speaking' : 'microphone on'} />
          </span>
        ) : (
          <Mark of={MicOff} label="microphone off" />
        )}
        {person.isCameraOn ? (
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
