import type { DuplicateIdentityPolicy, Identity, RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';
import {
  type CachedHash,
  createCachedHash,
  type HashFields,
} from '../../store/redis/cached-hash.ts';
import { roomRulesKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { ROOM_SETTINGS } from '../rooms/room-settings.ts';

/** How long the rules of a room are remembered. */
const LIFETIME_MS = 30 * 60_000;

/** What holds in a room for those who come and those who are led. */
export interface RoomRules {
  /** The application that the room belongs to; null for this server's own. */
  readonly projectId: string | null;
  /** Free text of the application. */
  readonly metadata: string;
  /** What becomes of who joins while their identity is in the room. */
  readonly duplicateIdentity: DuplicateIdentityPolicy;
  /** The room that this one is a breakout room of. */
  readonly breakoutOf: RoomId | null;
  /** Nobody new comes in. */
  readonly isLocked: boolean;
  /** Who is shown large to everybody, in this order. */
  readonly spotlight: readonly Identity[];
  /** Who comes waits until somebody lets them in. */
  readonly hasLobby: boolean;
  /** Who is new comes as a listener. */
  readonly isStage: boolean;
  readonly hasReactions: boolean;
  readonly hasHandRaising: boolean;
}

/** The rules that change while people meet; what is absent stays. */
export type LedRules = Partial<Pick<RoomRules, 'isLocked' | 'spotlight'>>;

/** Rules of rooms, over all processes, in front of the database. */
export interface RoomRulesDesk {
  /**
   * Those of a room without any where there is no such room.
   *
   * @param roomId Must be a UUID.
   */
  find(roomId: RoomId): Promise<RoomRules>;
  /**
   * Writes what those who lead say, in the name of the room's host: within `change`.
   *
   * @param hostId The host of the room.
   */
  write(hostId: string, roomId: RoomId, rules: LedRules): Promise<void>;
  /** Does what changes the rules, and forgets what was known of them. @throws AppError `unavailable`. */
  readonly change: CachedHash['change'];
}

interface RulesRow {
  readonly project_id: string | null;
  readonly metadata: string;
  readonly duplicate_identity: DuplicateIdentityPolicy;
  readonly parent_id: RoomId | null;
  readonly is_locked: boolean;
  readonly spotlight: readonly Identity[];
  /** JSON of each setting that is not at its default. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The cache in Redis. */
export function createRoomRules(
  database: Database,
  redis: RedisStore,
  logger: Logger,
): RoomRulesDesk {
  const cache = createCachedHash(redis, logger, {
    name: 'rules of rooms',
    keyOf: roomRulesKey,
    lifetimeMs: LIFETIME_MS,
  });
  return {
    async find(roomId) {
      const fields = await cache.read(roomId, async () => {
        const [row] = await database.call<RulesRow>('find_room_rules', [roomId]);
        return toFields(row);
      });
      return toRules(fields ?? {});
    },
    async write(hostId, roomId, { isLocked, spotlight }) {
      await database.asUser(hostId, (db) =>
        db.query(
          `UPDATE rooms SET is_locked = COALESCE($2, is_locked), spotlight = COALESCE($3, spotlight)
           WHERE id = $1`,
          [roomId, isLocked ?? null, spotlight ?? null],
        ),
      );
    },
    change: cache.change,
  };
}

function toFields(row: RulesRow | undefined): HashFields {
  return {
    project_id: row?.project_id ?? '',
    metadata: row?.metadata ?? '',
    duplicate_identity: row?.duplicate_identity ?? 'replace',
    parent_id: row?.parent_id ?? '',
    is_locked: String(row?.is_locked ?? false),
    spotlight: JSON.stringify(row?.spotlight ?? []),
    ...row?.settings,
  };
}

function toRules(fields: HashFields): RoomRules {
  return {
    projectId: fields['project_id'] || null,
    metadata: fields['metadata'] ?? '',
    duplicateIdentity: (fields['duplicate_identity'] ?? 'replace') as DuplicateIdentityPolicy,
    breakoutOf: fields['parent_id'] || null,
    isLocked: fields['is_locked'] === 'true',
    spotlight: JSON.parse(fields['spotlight'] ?? '[]') as readonly Identity[],
    hasLobby: ROOM_SETTINGS.read('lobby_enabled', fields['lobby_enabled']),
    isStage: ROOM_SETTINGS.read('listeners_by_default', fields['listeners_by_default']),
    hasReactions: ROOM_SETTINGS.read('reactions_enabled', fields['reactions_enabled']),
    hasHandRaising: ROOM_SETTINGS.read('hand_raising', fields['hand_raising']),
  };
}
