import type { Grants, ParticipantRole } from '@balai/protocol';

const PARTICIPANT: Grants = {
  publish: { camera: true, microphone: true, screen_share: true, screen_share_audio: true },
  subscribe: true,
  data: true,
  hidden: false,
  moderate: false,
  updateSelf: true,
};

/** Receives, and says what can be said in the chat. */
const LISTENER: Grants = {
  ...PARTICIPANT,
  publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
  data: ['chat'],
};

const MODERATOR: Grants = { ...PARTICIPANT, moderate: true };

/** What each role may do in a room. */
export const GRANTS_OF_ROLE: Readonly<Record<ParticipantRole, Grants>> = {
  host: MODERATOR,
  moderator: MODERATOR,
  participant: PARTICIPANT,
  listener: LISTENER,
};
