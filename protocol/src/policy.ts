import type { Grants, ParticipantRole } from './models.ts';

type ByRole<T> = Readonly<Record<ParticipantRole, T>>;

/** What somebody does to somebody else: for each role, on whom. */
interface PersonRule {
  readonly on: 'person';
  /** What it is, for the page that is made from this. */
  readonly does: string;
  readonly by: ByRole<readonly ParticipantRole[]>;
}

/** What somebody does to the room, or for themselves. */
interface OtherRule {
  readonly on: 'room' | 'self';
  readonly does: string;
  readonly by: ByRole<boolean>;
}

/** Who may do one thing. */
export type Rule = PersonRule | OtherRule;

const NOBODY: readonly ParticipantRole[] = [];
const LED: readonly ParticipantRole[] = ['participant', 'listener'];
const ALL_BUT_HOST: readonly ParticipantRole[] = ['moderator', 'participant', 'listener'];
const EVERYBODY: readonly ParticipantRole[] = ['host', 'moderator', 'participant', 'listener'];

/** Hosts act on everybody else, moderators on those who are neither. */
const LEADING: ByRole<readonly ParticipantRole[]> = {
  host: ALL_BUT_HOST,
  moderator: LED,
  participant: NOBODY,
  listener: NOBODY,
};
const LEADERS: ByRole<boolean> = {
  host: true,
  moderator: true,
  participant: false,
  listener: false,
};
const HOST_ONLY: ByRole<boolean> = { ...LEADERS, moderator: false };
const ALL: ByRole<boolean> = { host: true, moderator: true, participant: true, listener: true };

/**
 * Who may do what in a meeting, at the moment of doing it. This is the only place that says
 * so: the server checks every act against it, docs/moderation.md is made from it, and clients
 * know from it what to offer.
 */
export const POLICY = {
  mute: { on: 'person', does: 'Mute a microphone, camera or screen', by: LEADING },
  muteAll: {
    on: 'person',
    does: 'Mute with "mute all"',
    by: { host: LED, moderator: LED, participant: NOBODY, listener: NOBODY },
  },
  askToUnmute: {
    on: 'person',
    does: 'Ask to unmute, or to start the camera',
    by: { host: ALL_BUT_HOST, moderator: EVERYBODY, participant: NOBODY, listener: NOBODY },
  },
  stopTrack: { on: 'person', does: 'Stop a camera, a microphone or a share', by: LEADING },
  remove: { on: 'person', does: 'Remove from the meeting', by: LEADING },
  ban: { on: 'person', does: 'Ban from the room', by: LEADING },
  makeModerator: {
    on: 'person',
    does: 'Make a moderator',
    by: { host: LED, moderator: NOBODY, participant: NOBODY, listener: NOBODY },
  },
  makeParticipant: {
    on: 'person',
    does: 'Make a participant',
    by: {
      host: ['moderator', 'listener'],
      moderator: ['listener'],
      participant: NOBODY,
      listener: NOBODY,
    },
  },
  makeListener: {
    on: 'person',
    does: 'Make a listener',
    by: {
      host: ['moderator', 'participant'],
      moderator: ['participant'],
      participant: NOBODY,
      listener: NOBODY,
    },
  },
  inviteToStage: {
    on: 'person',
    does: 'Call up to the stage',
    by: { host: ['listener'], moderator: ['listener'], participant: NOBODY, listener: NOBODY },
  },
  lowerHand: {
    on: 'person',
    does: "Lower somebody's hand",
    by: { host: ALL_BUT_HOST, moderator: EVERYBODY, participant: NOBODY, listener: NOBODY },
  },
  lift: { on: 'room', does: 'See who is banned, and lift bans', by: LEADERS },
  lock: { on: 'room', does: 'Lock and unlock the room', by: LEADERS },
  passLock: { on: 'room', does: 'Come into a locked room, and past the lobby', by: LEADERS },
  admit: { on: 'room', does: 'See who waits in the lobby, let in and turn away', by: LEADERS },
  spotlight: { on: 'room', does: 'Say who is shown large to everybody', by: LEADERS },
  breakouts: {
    on: 'room',
    does: 'Make breakout rooms, send people there, speak to all of them and call everybody back',
    by: LEADERS,
  },
  deleteMessages: { on: 'room', does: 'Delete chat messages of others', by: LEADERS },
  speakWhereSilent: {
    on: 'room',
    does: 'Write, send files, react and raise the hand where the room has turned it off',
    by: LEADERS,
  },
  changeRoom: { on: 'room', does: "Change the room's name, password and settings", by: HOST_ONLY },
  endMeeting: { on: 'room', does: 'End or cancel the meeting for everybody', by: HOST_ONLY },
  raiseHand: { on: 'self', does: 'Raise and lower their hand', by: ALL },
  react: { on: 'self', does: 'Send a reaction', by: ALL },
  answerStage: {
    on: 'self',
    does: 'Come to the stage, or decline, when called up',
    by: { host: false, moderator: false, participant: false, listener: true },
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** Something that the rules of a room are about. */
export type Act = keyof typeof POLICY;
type ActOn<On extends Rule['on']> = {
  [A in Act]: (typeof POLICY)[A]['on'] extends On ? A : never;
}[Act];
/** What is done to somebody else. */
export type PersonAct = ActOn<'person'>;
/** What is done to the room, or for oneself. */
export type OtherAct = ActOn<'room' | 'self'>;

/** What somebody is in a room, and may. */
export interface Standing {
  readonly role: ParticipantRole;
  readonly grants: Pick<Grants, 'moderate'>;
}

/** What is needed to give each role. */
export const ACT_OF_ROLE = {
  moderator: 'makeModerator',
  participant: 'makeParticipant',
  listener: 'makeListener',
} as const satisfies Record<Exclude<ParticipantRole, 'host'>, PersonAct>;

/** As what the room's rules take somebody: an application may give or keep back the grant `moderate`. */
export function roleInEffect({ role, grants }: Standing): ParticipantRole {
  const leads = role === 'host' || role === 'moderator';
  if (leads === grants.moderate) {
    return role;
  }
  return leads ? 'participant' : 'moderator';
}

/** Whether somebody of this role may do it to somebody of the other. Nobody does it to themselves. */
export function mayAct(act: PersonAct, actor: ParticipantRole, target: ParticipantRole): boolean {
  const targets: readonly ParticipantRole[] = POLICY[act].by[actor];
  return targets.includes(target);
}

/** Whether somebody of this role may do it. */
export function may(act: OtherAct, actor: ParticipantRole): boolean {
  return POLICY[act].by[actor];
}
