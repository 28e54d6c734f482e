import type { Identity, LobbyEntry, RoomId } from '@balai/protocol';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';

/** What those who lead a room say to who waits for it. */
export interface LobbyWord {
  readonly roomId: RoomId;
  readonly identities: readonly Identity[];
  readonly isWelcome: boolean;
}

/** Who waits for rooms in this process. */
export interface LobbyHere {
  readonly entries: (roomId: RoomId) => readonly LobbyEntry[];
  /** Who does not wait here is passed over. @throws AppError `unavailable`. */
  readonly hearWord: (word: LobbyWord) => Promise<void>;
}

/** The lines of the other processes: people wait where their socket is. */
export interface LobbyElsewhere {
  /** @throws AppError `unavailable`. */
  entries(roomId: RoomId): Promise<readonly LobbyEntry[]>;
  /** @throws AppError `unavailable`: then some may not have heard it. */
  say(word: LobbyWord): Promise<void>;
  /** Tells the others that the line of a room is another one here. Neither waits nor fails. */
  tellChanged(roomId: RoomId): void;
  /** From now on this process answers for its own. */
  answerFor(here: LobbyHere): void;
}

const LINE: Topic<RoomId, readonly LobbyEntry[]> = { name: 'lobby_line' };
const WORD: Topic<LobbyWord, true> = { name: 'lobby_word' };

/** @param tellChanged Tells the other processes. */
export function createLobbyElsewhere(
  inquiries: Inquiries,
  tellChanged: (roomId: RoomId) => void,
): LobbyElsewhere {
  return {
    entries: async (roomId) => (await inquiries.gather(LINE, roomId)).flat(),
    async say(word) {
      await inquiries.gather(WORD, word);
    },
    tellChanged,
    answerFor({ entries, hearWord }) {
      inquiries.answer(LINE, async (roomId) => {
        const waiting = entries(roomId);
        return waiting.length > 0 ? waiting : undefined;
      });
      inquiries.answer(WORD, async (word) => {
        await hearWord(word);
        return true;
      });
    },
  };
}
