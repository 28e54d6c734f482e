import type { Identity, ParticipantId, TrackId } from './ids.ts';
import type { ParticipantRole, Timestamp, TrackSource } from './models.ts';

/** What somebody can show without saying a word. */
export const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '🎉'] as const;
/** One of {@link REACTIONS}. */
export type Reaction = (typeof REACTIONS)[number];

/** Somebody who waits to be let in. */
export interface LobbyEntry {
  readonly identity: Identity;
  readonly name: string;
  readonly since: Timestamp;
}

/** Somebody who may not come in again. */
export interface RoomBan {
  readonly identity: Identity;
  readonly name: string;
  /** Empty where nobody gave one. */
  readonly reason: string;
  readonly bannedAt: Timestamp;
}

/**
 * What a client can ask for that concerns how a meeting is led. Each answers `forbidden` to whom
 * the room's rules do not allow it at that moment, and `not_found` for somebody who is not there.
 */
export interface ModerationRequests {
  /** Mutes somebody's track. They may unmute it themselves. */
  'moderation.mute': { params: { readonly trackId: TrackId }; result: null };
  /** Mutes all microphones but the caller's own and those of hosts and moderators. */
  'moderation.muteAll': { params: Record<string, never>; result: { readonly muted: number } };
  /** Asks somebody to unmute: nobody's microphone or camera is opened for them. */
  'moderation.askToUnmute': {
    params: { readonly participantId: ParticipantId; readonly source: TrackSource };
    result: null;
  };
  /** Ends somebody's track: a camera or a share. They may publish it anew unless their grants change. */
  'moderation.stopTrack': { params: { readonly trackId: TrackId }; result: null };
  /** Sends somebody out, with every token that they hold for this room. */
  'moderation.remove': { params: { readonly participantId: ParticipantId }; result: null };
  /** As `remove`, and they may not come back. */
  'moderation.ban': {
    params: { readonly participantId: ParticipantId; readonly reason?: string | undefined };
    result: null;
  };
  'moderation.unban': { params: { readonly identity: Identity }; result: null };
  'moderation.bans': {
    params: Record<string, never>;
    result: { readonly bans: readonly RoomBan[] };
  };
  /** Nobody new comes in while a room is locked; who was here within the last 5 minutes does. */
  'moderation.lock': { params: { readonly isLocked: boolean }; result: null };
  /** A listener becomes a participant, a participant a listener, and so on. The host's stays. */
  'moderation.setRole': {
    params: {
      readonly participantId: ParticipantId;
      readonly role: Exclude<ParticipantRole, 'host'>;
    };
    result: null;
  };
  /** Who is shown large to everybody, in this order; empty for nobody. */
  'moderation.spotlight': { params: { readonly identities: readonly Identity[] }; result: null };
  /** One's own hand. */
  'hand.raise': {
    params: { readonly isRaised: boolean };
    result: { readonly raisedAt: Timestamp | null };
  };
  /** Somebody else's hand. */
  'hand.lower': { params: { readonly participantId: ParticipantId }; result: null };
  'reaction.send': { params: { readonly reaction: Reaction }; result: null };
  /** Calls a listener up to the stage: they are asked, and come with `stage.accept`. */
  'stage.invite': { params: { readonly participantId: ParticipantId }; result: null };
  'stage.accept': { params: Record<string, never>; result: null };
  'stage.decline': { params: Record<string, never>; result: null };
  'lobby.list': {
    params: Record<string, never>;
    result: { readonly waiting: readonly LobbyEntry[] };
  };
  'lobby.approve': { params: { readonly identities: readonly Identity[] }; result: null };
  'lobby.deny': { params: { readonly identities: readonly Identity[] }; result: null };
}

/** What the server tells unasked about how a meeting is led. */
export interface ModerationEvents {
  /** Instead of `joined`, which follows if somebody lets the client in: it stands in the lobby. */
  waiting: (message: { readonly since: Timestamp }) => void;
  /** To who may let people in: who waits, the longest first. */
  lobbyChanged: (message: { readonly waiting: readonly LobbyEntry[] }) => void;
  reacted: (message: {
    readonly participantId: ParticipantId;
    readonly reaction: Reaction;
  }) => void;
  /** Somebody asks us to unmute. */
  unmuteRequested: (message: { readonly source: TrackSource; readonly by: Identity }) => void;
  /** Somebody muted a track of ours, or ended it. */
  trackModerated: (message: {
    readonly trackId: TrackId;
    readonly action: 'muted' | 'stopped';
    /** Null where an application's backend did it. */
    readonly by: Identity | null;
  }) => void;
  /** We are called up to the stage. */
  stageInvited: (message: { readonly by: Identity }) => void;
  /** Somebody lowered our hand. */
  handLowered: (message: { readonly by: Identity }) => void;
  /** To who called: a listener does not come. */
  stageDeclined: (message: { readonly participantId: ParticipantId }) => void;
}
