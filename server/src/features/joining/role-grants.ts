import type { Grants, ParticipantRole } from '@balai/protocol';

const PARTICIPANT: Grants = {
  publish: { audio: true, video: true, screen: true },
  subscribe: true,
  data: true,
  moderate: false,
};

const MODERATOR: Grants = { ...PARTICIPANT, moderate: true };

/** What each role may do in a room. */
export const GRANTS_OF_ROLE: Readonly<Record<ParticipantRole, Grants>> = {
  host: MODERATOR,
  moderator: MODERATOR,
  participant: PARTICIPANT,
};
