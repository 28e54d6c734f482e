import type { Participant } from '@balai/client';
import type { PersonAct } from '@balai/client/moderation';
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
import type { ModerationStore } from './moderation-store.ts';

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

type Moderating = Pick<ModerationStore, 'acts' | 'attempt' | 'tell'>;

const ROLES = [
  { role: 'moderator', name: 'Make a moderator', Icon: ShieldCheck },
  { role: 'participant', name: 'Make a participant', Icon: UserRound },
  { role: 'listener', name: 'Make a listener', Icon: Headphones },
] as const;

/** What may be done about a person now, by the rules of the room. */
export function actsOn(
  moderation: Moderating,
  person: Participant,
  facts: PersonFacts,
  questions: PersonQuestions,
): readonly MenuItem[] {
  const { acts } = moderation;
  const { name } = person;
  const may = (act: PersonAct) => acts.can(act, person);
  const run = (problem: string, work: () => Promise<unknown>) => () =>
    void moderation.attempt(problem, work);
  const items: (MenuItem | false)[] = [
    facts.isMicrophoneOn &&
      may('mute') && {
        name: 'Mute',
        Icon: MicOff,
        onChoose: run(`${name} was not muted.`, () => acts.mute(person)),
      },
    ...asksOf(moderation, person, facts),
    facts.isCameraOn &&
      may('stopTrack') && {
        name: 'Stop the camera',
        Icon: VideoOff,
        onChoose: run('The camera was not stopped.', () => acts.stopTrack(person, 'camera')),
      },
    facts.isSharing &&
      may('stopTrack') && {
        name: 'Stop the screen share',
        Icon: MonitorX,
        onChoose: run('The share was not stopped.', () => acts.stopTrack(person, 'screen_share')),
      },
    facts.isHandRaised &&
      may('lowerHand') && {
        name: 'Lower the hand',
        Icon: Hand,
        onChoose: run('The hand is still up.', () => acts.lowerHand(person)),
      },
    may('inviteToStage') && {
      name: 'Call to the stage',
      Icon: Speech,
      onChoose: run(`${name} was not called.`, async () => {
        await acts.inviteToStage(person);
        moderation.tell(`${name} was called to the stage`);
      }),
    },
    ...ROLES.map(
      ({ role, name: item, Icon }) =>
        acts.canMake(person, role) && {
          name: item,
          Icon,
          onChoose: run('The role was not changed.', () => acts.setRole(person, role)),
        },
    ),
    acts.can('spotlight') && spotlightOf(moderation, person),
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
function asksOf(moderation: Moderating, person: Participant, facts: PersonFacts) {
  const { acts } = moderation;
  if (!acts.can('askToUnmute', person) || person.role === 'listener') return [];
  const ask = (source: 'microphone' | 'camera') => () =>
    void moderation.attempt(`${person.name} was not asked.`, async () => {
      await acts.askToUnmute(person, source);
      moderation.tell(`${person.name} was asked`);
    });
  return [
    !facts.isMicrophoneOn && { name: 'Ask to unmute', Icon: Mic, onChoose: ask('microphone') },
    !facts.isCameraOn && { name: 'Ask to start the camera', Icon: Video, onChoose: ask('camera') },
  ];
}

function spotlightOf(moderation: Moderating, person: Participant): MenuItem {
  const { acts } = moderation;
  const { spotlight } = acts;
  const isLit = spotlight.includes(person);
  const next = isLit ? spotlight.filter((one) => one !== person) : [...spotlight, person];
  return {
    name: isLit ? 'Take out of the spotlight' : 'Spotlight for everybody',
    Icon: isLit ? StarOff : Star,
    onChoose: () =>
      void moderation.attempt('The spotlight was not moved.', () => acts.setSpotlight(next)),
  };
}
