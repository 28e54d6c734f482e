import type { Participant } from '@balai/client';
import { useSpeaking, useTrack } from '@balai/client/react';
import {
  EllipsisVertical,
  Hand,
  Mic,
  MicOff,
  MonitorUp,
  Star,
  Video as VideoIcon,
  VideoOff,
} from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Menu } from '../ui/menu.tsx';
import { ROLE_NAMES } from './moderation-texts.ts';
import { actsOn, type PersonQuestions } from './person-acts.ts';

interface PersonItemProps {
  readonly person: Participant;
  readonly role: Participant['role'];
  /** Place in the order of raised hands, from 1 on; 0 for a hand that is down. */
  readonly hand: number;
  readonly isSpotlit: boolean;
  readonly questions: PersonQuestions;
}

/** Somebody in the list: what they are, what is on, and what may be done about it. */
export function PersonItem({ person, role, hand, isSpotlit, questions }: PersonItemProps) {
  const { moderation } = useMeeting();
  const isSpeaking = useSpeaking(person);
  const isSharing = useTrack(person, 'screen_share')?.isMuted === false;
  const isMicrophoneOn = useTrack(person, 'microphone')?.isMuted === false;
  const isCameraOn = useTrack(person, 'camera')?.isMuted === false;
  const facts = { isMicrophoneOn, isCameraOn, isSharing, isHandRaised: hand > 0 };
  const items = actsOn(moderation, person, facts, questions);
  return (
    <li className="people__item">
      {hand > 0 && (
        <span className="people__hand" title={`Hand raised, number ${hand}`}>
          <Hand size={16} aria-hidden="true" />
          <span aria-hidden="true">{hand}</span>
          <span className="visually-hidden">Hand raised, number {hand}: </span>
        </span>
      )}
      <span className="people__name">
        <bdi title={person.name}>{person.name}</bdi>
      </span>
      <span className="people__notes">
        {person.isLocal && '(you)'}{' '}
        {ROLE_NAMES[role] !== '' && (
          <span className={role === 'listener' ? 'tag' : 'tag tag--strong'}>
            {ROLE_NAMES[role]}
          </span>
        )}
      </span>
      <span className="people__devices">
        {isSpotlit && <Mark of={Star} label="in the spotlight" />}
        {isSharing && <Mark of={MonitorUp} label="shares a screen" />}
        {role !== 'listener' && (
          <>
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
          </>
        )}
      </span>
      {items.length > 0 && (
        <Menu name={`Actions for ${person.name}`} items={items}>
          <EllipsisVertical size={18} aria-hidden="true" />
        </Menu>
      )}
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
