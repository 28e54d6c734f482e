import type { DataRequests } from '@balai/protocol';
import type { Chat } from '../../features/chat/chat.ts';
import type { Calls } from '../../features/data/calls.ts';
import type { DataLinks } from '../../features/data/data-links.ts';
import type { Texts } from '../../features/data/texts.ts';
import type { Layers } from '../../features/layers/layers.ts';
import type { Moving } from '../../features/moving/moving.ts';
import type { Sessions } from '../../features/sessions/sessions.ts';
import type { RequestsToOthers } from '../../features/sessions/sharing/requests-to-others.ts';
import type { Stay } from '../../features/sessions/stay.ts';
import type { Tracks } from '../../features/tracks/tracks.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { IssuedToken } from '../../kernel/token.ts';
import { type BreakoutFeatures, createBreakoutHandlers } from './breakout-handlers.ts';
import type { Handler, Handlers } from './handler.ts';
import { createModerationHandlers, type ModerationFeatures } from './moderation-handlers.ts';
import { reachElsewhere } from './requests-elsewhere.ts';

/** The features that answer requests. */
export interface Features extends ModerationFeatures, BreakoutFeatures {
  readonly sessions: Sessions;
  readonly tracks: Tracks;
  readonly layers: Layers;
  /** Absent where media cannot move. */
  readonly moving?: Moving | undefined;
  readonly chat: Chat;
  readonly dataLinks: DataLinks;
  readonly texts: Texts;
  readonly calls: Calls;
  /** Absent for a server that is one process. */
  readonly others?: RequestsToOthers | undefined;
  /** A token that lets its owner in again, as what they are now. */
  readonly issueRoomToken: (ticket: RoomTicket) => Promise<IssuedToken>;
}

/** Connects methods to features. */
export function createHandlers(features: Features): Handlers {
  const { sessions, others } = features;
  const handlers = createOwnHandlers(features);
  return others === undefined ? handlers : reachElsewhere(handlers, sessions, others);
}

function createOwnHandlers(features: Features): Handlers {
  const { sessions, tracks, layers, chat, issueRoomToken } = features;
  return {
    ...createDataHandlers(features),
    ...createModerationHandlers(features),
    ...createBreakoutHandlers(features),
    'transport.connect': async (stay, { transportId, dtlsParameters }) => {
      await tracks.connectTransport(stay, transportId, dtlsParameters);
      return null;
    },
    'transport.restartIce': async (stay, { transportId }) => ({
      iceParameters: await tracks.restartIce(stay, transportId),
    }),
    'transport.open': async (stay, { direction }, afterReply) => {
      const transport = await tracks.openTransport(stay, direction);
      if (direction === 'receive') {
        afterReply(() => sessions.announceTracks(stay));
      }
      return transport;
    },
    'self.update': async (stay, update) => {
      if (!stay.ticket.grants.updateSelf) {
        throw new AppError('forbidden', 'You may not change what others see of you');
      }
      sessions.updateParticipant(stay, update);
      return null;
    },
    'media.moved': async (stay, { moveId }) => {
      features.moving?.moved(stay, moveId);
      return null;
    },
    'track.publish': async (stay, params) => ({ trackId: await tracks.publish(stay, params) }),
    'track.unpublish': async (stay, { trackId }) => {
      await tracks.unpublish(stay, trackId);
      return null;
    },
    'track.setMuted': async (stay, { trackId, isMuted }) => {
      await tracks.setMuted(stay, trackId, isMuted);
      return null;
    },
    'subscriptions.update': async (stay, { updates }) => {
      await layers.update(stay, updates);
      return null;
    },
    'subscriptions.start': async (stay, { subscriptionIds }) => {
      await tracks.startSubscriptions(stay, subscriptionIds);
      return null;
    },
    'chat.send': async (stay, params) => ({ message: await chat.send(stay, params) }),
    'chat.edit': async (stay, params) => ({ message: await chat.edit(stay, params) }),
    'chat.delete': async (stay, params) => ({ message: await chat.remove(stay, params) }),
    'chat.history': (stay, params) => chat.history(stay, params),
    'room.token': async (stay) => {
      const { token, expiresAt } = await issueRoomToken(stay.ticket);
      return { token, tokenExpiresAt: expiresAt.toISOString() };
    },
    'room.leave': async (stay, _params, afterReply) => {
      afterReply(() => sessions.end(stay, 'client_initiated'));
      return null;
    },
  };
}

/** Whether it is what the callee of a call has to say still (SPEC 10.17). Params have any shape. */
export function isWordOfCall(
  calls: Calls,
  callee: Stay,
  method: unknown,
  params: unknown,
): boolean {
  if (method !== 'rpc.accept' && method !== 'rpc.answer') {
    return false;
  }
  const callId = (params as { readonly callId?: unknown } | null | undefined)?.callId;
  const word = method === 'rpc.accept' ? 'accept' : 'answer';
  return typeof callId === 'string' && calls.awaits(callee, word, callId);
}

function createDataHandlers({ dataLinks, texts, calls }: Features): {
  readonly [M in keyof DataRequests]: Handler<M>;
} {
  return {
    'data.open': async (stay, { kind, streamId }) => {
      await dataLinks.open(stay, kind, streamId);
      return null;
    },
    'data.flush': async (stay, { messages }) => {
      await dataLinks.flush(stay, messages);
      return null;
    },
    'data.subscribe': (stay) => dataLinks.subscribe(stay),
    'text.send': async (stay, params) => {
      texts.send(stay, params);
      return null;
    },
    'rpc.call': async (stay, params) => {
      calls.call(stay, params);
      return null;
    },
    'rpc.accept': async (stay, { callId }) => {
      calls.accept(stay, callId);
      return null;
    },
    'rpc.answer': async (stay, { callId, outcome }) => {
      calls.answer(stay, callId, outcome);
      return null;
    },
  };
}
