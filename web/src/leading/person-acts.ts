import type { Participant } from '@balai/client';
import type { Moderation, PersonAct } from '@balai/client/moderation';
import {
  Ban,
  Hand,
  Headphones,
  MessageSquareLock,
  Mic,
  MicOff,
  MonitorX,
  ShieldCheck,
  Speech,
  Star,
  StarOff,
  UserMinus,
  UserRound,
  Video,
  VideoOff,
} from 'lucide-react';
import type { MenuItem } from '../ui/menu.tsx';
import type { LeadingStore } from './leading-store.ts';

/** What is on at a person, and what they are in. */
export interface PersonFacts {
  readonly isMicrophoneOn: boolean;
  readonly isCameraOn: boolean;
  readonly isSharing: boolean;
  readonly isHandRaised: boolean;
}

/** What is asked about before it is done, or done elsewhere. */
export interface PersonQuestions {
  readonly onWrite: (person: Participant) => void;
  readonly onRemove: (person: Participant) => void;
  readonly onBan: (person: Participant) => void;
}

type Leading = Pick<LeadingStore, 'attempt' | 'tell'> & { readonly moderation: Moderation };

const ROLES = [
  { role: 'moderator', name: 'Make a moderator', Icon: ShieldCheck },
  { role: 'participant', name: 'Make a participant', Icon: UserRound },
  { role: 'listener', name: 'Make a listener', Icon: Headphones },
] as const;

/** What may be done about a person now, by the rules of the room. */
export function actsOn(
  leading: Leading,
  person: Participant,
  facts: PersonFacts,
  questions: PersonQuestions,
): readonly MenuItem[] {
  const { moderation } = leading;
  const { name } = person;
  const may = (act: PersonAct) => moderation.can(act, person);
  const run = (problem: string, work: () => Promise<unknown>) => () =>
    void leading.attempt(problem, work);
  const items: (MenuItem | false)[] = [
    facts.isMicrophoneOn &&
      may('mute') && {
        name: 'Mute',
        Icon: MicOff,
        onChoose: run(`${name} was not muted.`, () => moderation.mute(person)),
      },
    ...asksOf(leading, person, facts),
    facts.isCameraOn &&
      may('stopTrack') && {
        name: 'Stop the camera',
        Icon: VideoOff,
        onChoose: run('The camera was not stopped.', () => moderation.stopTrack(person, 'camera')),
      },
    facts.isSharing &&
      may('stopTrack') && {
        name: 'Stop the screen share',
        Icon: MonitorX,
        onChoose: run('The share was not stopped.', () =>
          moderation.stopTrack(person, 'screen_share'),
        ),
      },
    facts.isHandRaised &&
      may('lowerHand') && {
        name: 'Lower the hand',
        Icon: Hand,
        onChoose: run('The hand is still up.', () => moderation.lowerHand(person)),
      },
    may('inviteToStage') && {
      name: 'Call to the stage',
      Icon: Speech,
      onChoose: run(`${name} was not called.`, async () => {
        await moderation.inviteToStage(person);
        leading.tell(`${name} was called to the stage`);
      }),
    },
    ...ROLES.map(
      ({ role, name: item, Icon }) =>
        moderation.canMake(person, role) && {
          name: item,
          Icon,
          onChoose: run('The role was not changed.', () => moderation.setRole(person, role)),
        },
    ),
    moderation.can('spotlight') && spotlightOf(leading, person),
    !person.isLocal && {
      name: 'Write privately',
      Icon: MessageSquareLock,
      onChoose: () => questions.onWrite(person),
    },
    may('remove') && {
      name: 'Remove from the meeting…',
      Icon: UserMinus,
      isDangerous: true,
      onChoose: () => questions.onRemove(person),
    },
    may('ban') && {
      name: 'Ban from the room…',
      Icon: Ban,
      isDangerous: true,
      onChoose: () => questions.onBan(person),
    },
  ];
  return items.filter((item) => item !== false);
}

/** Who can not publish it is not asked for it. */
function asksOf(leading: Leading, person: Participant, facts: PersonFacts) {
  const { moderation } = leading;
  if (!moderation.can('askToUnmute', person) || person.role === 'listener') return [];
  const ask = (source: 'microphone' | 'camera') => () =>
    void leading.attempt(`${person.name} was not asked.`, async () => {
      await moderation.askToUnmute(person, source);
      leading.tell(`${person.name} was asked`);
    });
  return [
    !facts.isMicrophoneOn && { name: 'Ask to unmute', Icon: Mic, onChoose: ask('microphone') },
    !facts.isCameraOn && { name: 'Ask to start the camera', Icon: Video, onChoose: ask('camera') },
  ];
}

function spotlightOf(leading: Leading, person: Participant): MenuItem {
  const { moderation } = leading;
  const { spotlight } = moderation;
  const isLit = spotlight.includes(person);
  const next = isLit ? spotlight.filter((one) => one !== person) : [...spotlight, person];
  return {
    name: isLit ? 'Take out of the spotlight' : 'Spotlight for everybody',
    Icon: isLit ? StarOff : Star,
    onChoose: () =>
      void leading.attempt('The spotlight was not moved.', () => moderation.setSpotlight(next)),
  };
}
