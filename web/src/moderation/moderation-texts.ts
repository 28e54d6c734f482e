import type { Participant, TrackSource } from '@balai/client';

type Role = Participant['role'];

/** What a role is called beside a name; empty for the usual one. */
export const ROLE_NAMES: Record<Role, string> = {
  host: 'Host',
  moderator: 'Moderator',
  participant: '',
  listener: 'Listener',
};

/** What somebody reads who was given a role. */
export const NEW_ROLE_TEXTS: Record<Role, string> = {
  host: 'You are the host now',
  moderator: 'You are a moderator now: you lead the meeting too',
  participant: 'You are a participant now: you may speak and show yourself',
  listener: 'You are a listener now: you hear and see the others',
};

/** What somebody reads who was sent to another room. */
export function textOfMove(room: string, reason: 'moved' | 'breakout' | 'recalled'): string {
  switch (reason) {
    case 'breakout':
      return `You were sent to the breakout room “${room}”`;
    case 'recalled':
      return `You are back in “${room}”`;
    case 'moved':
      return `You were moved to “${room}”`;
  }
}

/** What is published, in a word. */
export function thingOf(source: TrackSource): string {
  switch (source) {
    case 'microphone':
      return 'microphone';
    case 'camera':
      return 'camera';
    default:
      return 'screen share';
  }
}
