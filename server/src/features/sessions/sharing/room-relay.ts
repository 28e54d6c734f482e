import type { ParticipantId, RoomId, ServerEvent, ServerMessage } from '@balai/protocol';
import type { Logger } from '../../../kernel/logger.ts';
import { openChannel } from '../../../store/redis/channel.ts';
import type { RedisStore } from '../../../store/redis/redis.ts';
import type { Broadcast } from '../connection.ts';
import type { Sessions } from '../sessions.ts';

const CHANNEL = 'room_words';

/**
 * Carries to people of a room in other processes what nobody keeps: texts, calls, reactions, how
 * well people are connected. Nothing here waits or throws: what Redis does not take is lost, as it
 * would be with a process that dies.
 */
export interface RoomRelay {
  /** Tells everybody of the room who is in another process. Costs one PUBLISH. */
  readonly broadcast: <E extends ServerEvent>(
    roomId: RoomId,
    event: E,
    message: ServerMessage<E>,
  ) => void;
  /** Tells one person of the room, wherever they are but here. */
  readonly send: <E extends ServerEvent>(
    roomId: RoomId,
    participantId: ParticipantId,
    event: E,
    message: ServerMessage<E>,
  ) => void;
  /** Tells the other processes themselves something of a room. */
  readonly note: (roomId: RoomId, subject: string, note: unknown) => void;
  /** Hears what other processes note of rooms of this one. */
  readonly onNote: (subject: string, listener: (roomId: RoomId, note: unknown) => void) => void;
}

/** For a server that is one process. */
export const NO_RELAY: RoomRelay = {
  broadcast: () => undefined,
  send: () => undefined,
  note: () => undefined,
  onNote: () => undefined,
};

/** What one process says to the others. Written and read by this module alone. */
type Told = { readonly from: string } & (
  | { readonly type: 'broadcast'; readonly event: ServerEvent; readonly message: unknown }
  | {
      readonly type: 'send';
      readonly participantId: ParticipantId;
      readonly event: ServerEvent;
      readonly message: unknown;
    }
  | { readonly type: 'note'; readonly subject: string; readonly note: unknown }
);
type Words = Told extends infer One ? (One extends Told ? Omit<One, 'from'> : never) : never;

export interface RoomRelayOptions {
  readonly redis: RedisStore;
  readonly sessions: Pick<Sessions, 'findRoom' | 'findParticipant'>;
  /** To those of this process. */
  readonly broadcast: Broadcast;
  /** Of this process, for the others. */
  readonly processId: string;
  readonly logger: Logger;
}

/** @throws AppError `unavailable`. */
export async function openRoomRelay(
  options: RoomRelayOptions,
): Promise<RoomRelay & { close(): Promise<void> }> {
  const { redis, sessions, broadcast, processId, logger } = options;
  const listeners = new Map<string, (roomId: RoomId, note: unknown) => void>();

  const hear = (roomId: RoomId, told: Told): void => {
    if (told.from === processId) return;
    if (told.type === 'note') listeners.get(told.subject)?.(roomId, told.note);
    // Only this module writes them: the message is that of the event.
    else if (told.type === 'broadcast') broadcast(roomId, told.event, told.message as never, []);
    else {
      const stay = sessions.findParticipant(told.participantId);
      stay?.connection.send(told.event, told.message as never);
    }
  };
  const channel = await openChannel(
    redis,
    CHANNEL,
    {
      message(text) {
        // Most rooms are not here: what is said in them need not be read.
        const end = text.indexOf(' ');
        const roomId = text.slice(0, end);
        if (sessions.findRoom(roomId) !== undefined) {
          hear(roomId, JSON.parse(text.slice(end + 1)) as Told);
        }
      },
      restored: () => undefined,
    },
    logger,
  );

  const tell = (roomId: RoomId, words: Words): void => {
    if (sessions.findRoom(roomId)?.hasPeopleElsewhere !== true) return;
    const told = { ...words, from: processId };
    channel.publish(`${roomId} ${JSON.stringify(told)}`).catch((error: unknown) => {
      logger.warn({ err: error, roomId }, 'something did not get to people of other processes');
    });
  };

  return {
    broadcast: (roomId, event, message) => tell(roomId, { type: 'broadcast', event, message }),
    send: (roomId, participantId, event, message) =>
      tell(roomId, { type: 'send', participantId, event, message }),
    note: (roomId, subject, note) => tell(roomId, { type: 'note', subject, note }),
    onNote: (subject, listener) => listeners.set(subject, listener),
    close: () => channel.close(),
  };
}
