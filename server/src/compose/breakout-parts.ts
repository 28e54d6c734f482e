import type { RoomId } from '@balai/protocol';
import { Breakouts, type BreakoutsOptions } from '../features/breakouts/breakouts.ts';
import { Forwarding, type ForwardingOptions } from '../features/breakouts/forwarding.ts';
import { Moves, type MovesOptions } from '../features/breakouts/moves.ts';
import type { RoomRulesDesk } from '../features/moderation/room-rules.ts';
import type { RoomNews } from '../features/rooms/room-news.ts';
import type { PeopleElsewhere } from '../features/sessions/people-elsewhere.ts';

export interface BreakoutPartsOptions
  extends Omit<BreakoutsOptions, 'moves' | 'findMain' | 'elsewhere'>,
    Omit<MovesOptions, 'announce' | 'findProject' | 'sessions' | 'rooms'>,
    Pick<ForwardingOptions, 'media' | 'inquiries' | 'isMediaShared'> {
  readonly rules: Pick<RoomRulesDesk, 'find'>;
  readonly elsewhere: PeopleElsewhere;
}

/** What sends people from one room to another. */
export interface BreakoutParts {
  readonly moves: Moves;
  readonly breakouts: Breakouts;
  readonly forwarding: Forwarding;
  /** Does in this process what was told to all of them; nothing for other news. */
  readonly hear: (news: RoomNews) => void;
  /** Idempotent. */
  readonly close: () => void;
}

/** Builds what sends people from one room to another. */
export function createBreakoutParts(options: BreakoutPartsOptions): BreakoutParts {
  const { rules, news } = options;
  const moves = new Moves({
    ...options,
    findProject: async (roomId: RoomId) => (await rules.find(roomId)).projectId,
    announce: (move) => news.tell(move),
  });
  const breakouts = new Breakouts({
    ...options,
    moves,
    findMain: async (roomId) => (await rules.find(roomId)).breakoutOf,
  });
  const forwarding = new Forwarding({
    ...options,
    assertWithinReach: (roomId, userId, toRoomId) =>
      moves.assertWithinReach(roomId, userId, toRoomId),
  });
  return {
    moves,
    breakouts,
    forwarding,
    hear(told) {
      if (told.type === 'moved') {
        void moves.hear(told);
      } else if (told.type === 'breakoutsChanged') {
        void breakouts.hearChanged(told.roomId, told.breakoutIds);
      } else if (told.type === 'roomChanged') {
        void breakouts.roomChanged(told.roomId);
      }
    },
    close() {
      breakouts.close();
      forwarding.close();
    },
  };
}
