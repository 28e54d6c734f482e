import type { LobbyEntry, RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import { isAllowed } from '../moderation/policy.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { LobbyElsewhere } from './lobby-elsewhere.ts';

/** Those who lead hear of changes in the line at most so often. */
const NEWS_INTERVAL_MS = 200;

export interface LobbyNewsOptions {
  readonly sessions: Pick<Sessions, 'findRoom'>;
  readonly elsewhere: Pick<LobbyElsewhere, 'entries' | 'tellChanged'>;
  /** Who waits in this process. */
  readonly entriesHere: (roomId: RoomId) => readonly LobbyEntry[];
  readonly logger: Logger;
}

/** News of one room that are to be told. */
interface Due {
  timer: NodeJS.Timeout | undefined;
  /** Whether the line of this process changed: then the others are to hear of it. */
  isOwn: boolean;
  /** Something changed while the last was being told. */
  isStale: boolean;
}

/** Tells those who lead rooms in this process who waits for them, in whatever process. */
export class LobbyNews {
  readonly #options: LobbyNewsOptions;
  readonly #due = new Map<RoomId, Due>();
  #isClosed = false;

  constructor(options: LobbyNewsOptions) {
    this.#options = options;
  }

  /** Who waits in all processes, the longest first. @throws AppError `unavailable`. */
  async entries(roomId: RoomId): Promise<readonly LobbyEntry[]> {
    const elsewhere = await this.#options.elsewhere.entries(roomId);
    const entries = new Map<string, LobbyEntry>();
    for (const entry of [...this.#options.entriesHere(roomId), ...elsewhere].sort(byTime)) {
      if (!entries.has(entry.identity)) {
        entries.set(entry.identity, entry);
      }
    }
    return [...entries.values()];
  }

  /** The line of a room is another one: of this process, or of another. */
  changed(roomId: RoomId, isOwn: boolean): void {
    const due = this.#due.get(roomId);
    if (this.#isClosed || (!isOwn && this.#leaders(roomId).length === 0)) {
      return;
    }
    if (due === undefined) {
      const fresh: Due = { timer: undefined, isOwn, isStale: false };
      this.#due.set(roomId, fresh);
      fresh.timer = setTimeout(() => void this.#tell(roomId, fresh), NEWS_INTERVAL_MS);
      return;
    }
    due.isOwn ||= isOwn;
    due.isStale ||= due.timer === undefined;
  }

  /** Tells who comes to lead a room, if somebody waits for it. Never rejects. */
  async greet(stay: Stay): Promise<void> {
    if (isAllowed('admit', stay.ticket)) {
      const waiting = await this.#known(stay.ticket.roomId);
      if (waiting.length > 0 && isAllowed('admit', stay.ticket)) {
        stay.connection.send('lobbyChanged', { waiting });
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#due.values()) {
      clearTimeout(timer);
    }
    this.#due.clear();
  }

  async #tell(roomId: RoomId, due: Due): Promise<void> {
    due.timer = undefined;
    const { isOwn } = due;
    due.isOwn = false;
    if (isOwn) {
      this.#options.elsewhere.tellChanged(roomId);
    }
    if (this.#leaders(roomId).length > 0) {
      const waiting = await this.#known(roomId);
      for (const stay of this.#leaders(roomId)) {
        stay.connection.send('lobbyChanged', { waiting });
      }
    }
    this.#due.delete(roomId);
    if (due.isStale) {
      this.changed(roomId, due.isOwn);
    }
  }

  /** Those of this process at least. */
  async #known(roomId: RoomId): Promise<readonly LobbyEntry[]> {
    try {
      return await this.entries(roomId);
    } catch (error) {
      this.#options.logger.warn({ err: error, roomId }, 'who waits elsewhere is not known');
      return this.#options.entriesHere(roomId);
    }
  }

  #leaders(roomId: RoomId): readonly Stay[] {
    const stays = this.#options.sessions.findRoom(roomId)?.stays() ?? [];
    return stays.filter(({ ticket }) => isAllowed('admit', ticket));
  }
}

function byTime(one: LobbyEntry, other: LobbyEntry): number {
  return Date.parse(one.since) - Date.parse(other.since);
}
