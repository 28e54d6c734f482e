import type { Grants, RoomId, ServerMessage } from '@balai/protocol';
import { createLogger } from '../../../kernel/logger.ts';
import { type Inquiries, openInquiries } from '../../../store/redis/inquiries.ts';
import { connectRedis, type RedisStore } from '../../../store/redis/redis.ts';
import { createStayRecords, type StayRecords } from '../resuming/stay-records.ts';
import { openSharedPresence } from '../sharing/shared-presence.ts';
import type { Stay } from '../stay.ts';
import type { FakeClient } from './fake-clients.ts';
import type { FakeMediaPlane } from './fake-media-plane.ts';
import type { FakeSeats } from './fake-stores.ts';
import { type Actor, ALL_GRANTS, Scene } from './scene.ts';

export interface SceneProcessOptions {
  readonly redisUrl: string;
  /** That all of them have in common. */
  readonly media: FakeMediaPlane;
  readonly seats: FakeSeats;
  /** Default as in `openSharedPresence`. */
  readonly leaseMs?: number | undefined;
  /** Changes the records of stays. Default: leaves them as they are. */
  readonly changeRecords?: (records: StayRecords) => StayRecords;
  readonly wasSentOut?: () => Promise<boolean>;
}

/** Somebody who came with a stay of another process. */
export interface ReturnedActor {
  readonly client: FakeClient;
  readonly stay: Stay;
  readonly recovered: ServerMessage<'recovered'>;
}

/** One of several server processes over one Redis and one media plane. */
export interface SceneProcess {
  readonly redis: RedisStore;
  readonly inquiries: Inquiries;
  readonly scene: Scene;
  join(identity: string, roomId: RoomId, grants?: Partial<Grants>): Promise<Actor>;
  /** Goes on with a stay of another process. @param whenOpened Called once its client can be told things. */
  comeBack(stay: Stay, identity?: string, whenOpened?: () => void): Promise<ReturnedActor>;
  /** As SIGKILL: nothing is said, and nothing is done any more. */
  kill(): Promise<void>;
  /** Nothing for one that was killed. */
  stop(): Promise<void>;
}

/** The caller stops it. */
export async function startSceneProcess(options: SceneProcessOptions): Promise<SceneProcess> {
  const { media, seats, changeRecords = (records) => records } = options;
  const logger = createLogger('silent');
  const redis = await connectRedis(options.redisUrl, logger);
  const presence = await openSharedPresence(redis, logger, options.leaseMs);
  const inquiries = await openInquiries(redis, logger);
  const { processId, shareRoom } = presence;
  const records = changeRecords(createStayRecords(redis));
  const { wasSentOut = async () => false } = options;
  const scene = new Scene({
    media,
    seats,
    shareRoom,
    handover: { records, media, inquiries, processId, wasSentOut },
  });
  let isGone = false;
  return {
    redis,
    inquiries,
    scene,
    async join(identity, roomId, grants = {}) {
      const client = scene.hub.connect();
      client.graceMs = 20_000;
      const ticket = scene.ticket(identity, roomId, { ...ALL_GRANTS, ...grants });
      const capabilities = { codecs: [], headerExtensions: [] };
      const stay = await scene.sessions.join(client, ticket, capabilities, { canMove: true });
      return { client, stay, joined: only(client.all('joined')) };
    },
    async comeBack({ participantId, ticket }, identity = 'ann', whenOpened = () => undefined) {
      const client = scene.hub.connect();
      const stay = await scene.sessions.adopt({
        participantId,
        ticket: scene.ticket(identity, ticket.roomId),
        received: 0,
        open(graceMs) {
          client.graceMs = graceMs;
          whenOpened();
          return client;
        },
      });
      return { client, stay, recovered: only(client.all('recovered')) };
    },
    async kill() {
      isGone = true;
      await inquiries.close();
      redis.client.disconnect();
    },
    async stop() {
      if (isGone) return;
      isGone = true;
      await scene.sessions.drain();
      await presence.close();
      await inquiries.close();
      await redis.close();
    },
  };
}

function only<T>(messages: readonly T[]): T {
  const [message, ...others] = messages;
  if (message === undefined || others.length > 0) {
    throw new Error(`The client got ${messages.length} messages in place of one`);
  }
  return message;
}
