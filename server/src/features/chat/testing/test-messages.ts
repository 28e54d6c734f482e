import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type TestStores } from '../../../../test/test-stores.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { createDiskStorage } from '../../../store/files/file-storage.ts';
import { createRoomCache } from '../../rooms/room-cache.ts';
import { createRooms, type Rooms } from '../../rooms/rooms.ts';
import type { Broadcast } from '../../sessions/connection.ts';
import { CHAT_TOPIC, maySendData } from '../../sessions/grants.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { deliverMessage, settleRecipient } from '../message-delivery.ts';
import { createMessages, type Messages } from '../messages.ts';

/** Messages on real stores. Nobody is notified. */
export interface TestMessages {
  readonly messages: Messages;
  readonly rooms: Rooms;
  close(): Promise<void>;
}

const NOBODY_ELSEWHERE = { find: async () => undefined };

export async function createTestMessages(
  stores: TestStores,
  broadcast: Broadcast,
  sessions: Pick<Sessions, 'findStay' | 'findStayOf' | 'recordArrival'>,
): Promise<TestMessages> {
  const folder = await mkdtemp(join(tmpdir(), 'balai-messages-'));
  const rooms = createRooms({
    database: stores.database,
    cache: createRoomCache(stores.redis, silentLogger),
    clock: systemClock,
    closeRoom: async () => undefined,
    // The chat does it for those who are in the room.
    settleArrival: async () => undefined,
    announce: async () => undefined,
  });
  const messages = createMessages({
    rooms,
    files: await createDiskStorage(folder),
    tell: (roomId, event, message, audience) =>
      deliverMessage({ roomId, event, message, audience }, sessions, broadcast),
    settleRecipient: (roomId, identity) =>
      settleRecipient(sessions, NOBODY_ELSEWHERE, roomId, identity),
    findPresentName: (roomId, identity) => sessions.findStay(roomId, identity)?.ticket.name,
    mayWrite: async (roomId, userId) => {
      const grants = sessions.findStayOf(roomId, userId)?.ticket.grants;
      return grants === undefined || maySendData(grants, CHAT_TOPIC);
    },
    tellMentioned: async () => undefined,
    logger: silentLogger,
  });
  return { messages, rooms, close: () => rm(folder, { recursive: true }) };
}
