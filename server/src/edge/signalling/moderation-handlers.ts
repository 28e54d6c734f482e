import type { ModerationRequests } from '@balai/protocol';
import type { Lobby } from '../../features/lobby/lobby.ts';
import type { Moderation } from '../../features/moderation/moderation.ts';
import type { Signs } from '../../features/moderation/signs.ts';
import type { Stage } from '../../features/moderation/stage.ts';
import type { Handler } from './handler.ts';

/** The features with which a meeting is led. */
export interface ModerationFeatures {
  readonly moderation: Moderation;
  readonly signs: Signs;
  readonly stage: Stage;
  readonly lobby: Lobby;
}

/** Connects the methods with which a meeting is led to features. */
export function createModerationHandlers({ moderation, signs, stage, lobby }: ModerationFeatures): {
  readonly [M in keyof ModerationRequests]: Handler<M>;
} {
  return {
    'moderation.mute': async (stay, { trackId }) => {
      await moderation.mute(stay, trackId);
      return null;
    },
    'moderation.muteAll': async (stay) => ({ muted: await moderation.muteAll(stay) }),
    'moderation.askToUnmute': async (stay, { participantId, source }) => {
      moderation.askToUnmute(stay, participantId, source);
      return null;
    },
    'moderation.stopTrack': async (stay, { trackId }) => {
      await moderation.stopTrack(stay, trackId);
      return null;
    },
    'moderation.remove': async (stay, { participantId }) => {
      await moderation.remove(stay, participantId);
      return null;
    },
    'moderation.ban': async (stay, { participantId, reason }) => {
      await moderation.ban(stay, participantId, reason ?? '');
      return null;
    },
    'moderation.unban': async (stay, { identity }) => {
      await moderation.unban(stay, identity);
      return null;
    },
    'moderation.bans': async (stay) => ({ bans: await moderation.listBans(stay) }),
    'moderation.lock': async (stay, { isLocked }) => {
      await moderation.lock(stay, isLocked);
      return null;
    },
    'moderation.setRole': async (stay, { participantId, role }) => {
      await moderation.setRole(stay, participantId, role);
      return null;
    },
    'moderation.spotlight': async (stay, { identities }) => {
      await moderation.spotlight(stay, identities);
      return null;
    },
    'hand.raise': async (stay, { isRaised }) => ({ raisedAt: await signs.raise(stay, isRaised) }),
    'hand.lower': async (stay, { participantId }) => {
      signs.lower(stay, participantId);
      return null;
    },
    'reaction.send': async (stay, { reaction }) => {
      await signs.react(stay, reaction);
      return null;
    },
    'stage.invite': async (stay, { participantId }) => {
      stage.invite(stay, participantId);
      return null;
    },
    'stage.accept': async (stay) => {
      await stage.accept(stay);
      return null;
    },
    'stage.decline': async (stay) => {
      stage.decline(stay);
      return null;
    },
    'lobby.list': async (stay) => ({ waiting: await lobby.list(stay) }),
    'lobby.approve': async (stay, { identities }) => {
      await lobby.approve(stay, identities);
      return null;
    },
    'lobby.deny': async (stay, { identities }) => {
      await lobby.deny(stay, identities);
      return null;
    },
  };
}
