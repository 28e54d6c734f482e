import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreatedApiKey, JoinAnswer, Project, Room, SignedIn } from '@balai/protocol';
import { createLogger } from '../../../server/src/kernel/logger.ts';
import { mediaNodeKey } from '../../../server/src/store/redis/keys.ts';
import { connectRedis } from '../../../server/src/store/redis/redis.ts';
import { createTestDatabase } from '../../../server/test/test-stores.ts';
import { AccessToken, RoomServiceClient } from '../../../server-sdk/src/index.ts';
import type { Entry } from '../../bench/media/wire.ts';
import { type ForwardedPort, forwardPort } from '../forward-port.ts';
import { type LocalCluster, startLocalCluster } from '../local-cluster.ts';
import type { Member } from '../member.ts';
import { namespacesFault } from '../namespaces.ts';
import { readMetric } from '../read-metric.ts';
import { Attendee } from './attendee.ts';

/** People who are invited at the same time. */
const AT_ONCE = 10;

export type HallOptions = {
  readonly control: number;
  readonly media: number;
};

/** The backend of an application, and who comes with its tokens. */
export type Backend = {
  readonly service: RoomServiceClient;
  /** Somebody with a token for a room of this name, who is not there yet. */
  invite(room: string, identity: string, url: string): Promise<Attendee>;
};

/** A cluster for proofs, in namespaces where there can be some, and meetings in it. */
export type Hall = AsyncDisposable & {
  readonly cluster: LocalCluster;
  openRoom(maxUsers?: number): Promise<string>;
  /** A URL that leads to a control replica while that lives, and else to the others. */
  urlOf(control: Member): string;
  /** Somebody with a token for a room, who is not there yet. */
  invite(roomId: string, url: string): Promise<Attendee>;
  /** The host of every room, who is not there yet. */
  inviteHost(roomId: string, url: string): Promise<Attendee>;
  /** The backend of an application, with rooms of its own. */
  openBackend(): Promise<Backend>;
  /** Ways in for so many more people, without the SDK. */
  admit(roomId: string, people: number): Promise<Entry[]>;
  /** Has whoever is placed from now on come to this node, for a second or so: the others are full. */
  leadTo(node: Member): Promise<void>;
};

/** Starts a cluster in a folder of its own. */
export async function openHall({ control, media }: HallOptions): Promise<Hall> {
  const owned = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'balai-cluster-'));
  chmodSync(folder, 0o711); // for PostgreSQL's own user
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const database = await createTestDatabase({ isMigrated: false });
    owned.defer(() => database.drop());
    const cluster = await startLocalCluster({
      control,
      media,
      workers: 1,
      hasNamespaces: namespacesFault() === undefined,
      port: 0,
      folder,
      databaseUrl: database.url,
      workerBin: process.env['MEDIASOUP_WORKER_BIN'] ?? '',
      env: {
        ...process.env,
        // People come from everywhere: each has an address of their own.
        BALAI_TRUST_PROXY: '1',
        BALAI_HANDSHAKES_PER_MINUTE: '100000',
      },
      signal: new AbortController().signal,
    });
    owned.defer(async () => {
      // In order would take longer, and that is for other tests.
      await Promise.all([...cluster.control, ...cluster.media].map((member) => member.kill()));
      await cluster.stop();
    });
    return await furnish(cluster, owned);
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

async function furnish(cluster: LocalCluster, owned: AsyncDisposableStack): Promise<Hall> {
  const doors = new Map<Member, ForwardedPort>();
  for (const first of cluster.control) {
    const door = await forwardPort({ host: '127.0.0.1', port: 0 }, () =>
      [first, ...cluster.control.filter((one) => one !== first)]
        .filter(({ isReady }) => isReady)
        .map(({ address }) => address),
    );
    owned.defer(() => door.close());
    doors.set(first, door);
  }
  const host = await post<SignedIn>(`${cluster.url}/v1/auth/register`, {
    email: 'host@example.org',
    password: 'correct horse battery',
    firstName: 'The',
    lastName: 'Host',
  });
  const redis = await connectRedis(cluster.redisUrl, createLogger('silent'));
  owned.defer(() => redis.close());
  let guests = 0;
  return {
    cluster,
    async openRoom(maxUsers = 1_000) {
      const body = { name: 'A meeting', maxUsers };
      const room = await post<Room>(`${cluster.url}/v1/rooms`, body, host.accessToken);
      return room.id;
    },
    urlOf(control) {
      const door = doors.get(control);
      if (door === undefined) throw new Error(`${control.name} is of another cluster`);
      return `http://${door.host}:${door.port}`;
    },
    async invite(roomId, url) {
      guests += 1;
      const number = guests;
      const { token } = await post<JoinAnswer>(`${cluster.url}/v1/rooms/${roomId}/join`, {
        name: `Guest ${number}`,
      });
      return new Attendee(number, url, token);
    },
    async inviteHost(roomId, url) {
      guests += 1;
      const join = `${cluster.url}/v1/rooms/${roomId}/join`;
      const { token } = await post<JoinAnswer>(join, {}, host.accessToken);
      return new Attendee(guests, url, token);
    },
    async openBackend() {
      const { url } = cluster;
      const name = 'An application';
      const project = await post<Project>(`${url}/v1/projects`, { name }, host.accessToken);
      const keys = `${url}/v1/projects/${project.id}/keys`;
      const { id, secret } = await post<CreatedApiKey>(keys, { name }, host.accessToken);
      return {
        service: new RoomServiceClient(url, id, secret),
        async invite(room, identity, door) {
          guests += 1;
          const token = new AccessToken(id, secret, { identity });
          token.addGrant({ room, roomJoin: true });
          return new Attendee(guests, door, await token.toJwt());
        },
      };
    },
    async admit(roomId, people) {
      const url = `${cluster.url}/v1/rooms/${roomId}/join`;
      const admitOne = async (): Promise<Entry> => {
        guests += 1;
        const answer = await post<JoinAnswer>(url, { name: `Guest ${guests}` });
        const { token, routerCapabilities } = answer;
        return { url: cluster.url, token, routerCapabilities };
      };
      const entries: Entry[] = [];
      while (entries.length < people) {
        const count = Math.min(AT_ONCE, people - entries.length);
        entries.push(...(await Promise.all(Array.from({ length: count }, admitOne))));
      }
      return entries;
    },
    async leadTo(node) {
      // As reservations of others for people who come at the same time.
      await Promise.all(
        cluster.media.map(({ name }) =>
          redis.client.hset(mediaNodeKey(name), { since: name === node.name ? 0 : 2, unseen: 0 }),
        ),
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Connections to clients that a media node has; undefined where it does not answer. */
export async function countTransports(
  cluster: LocalCluster,
  node: Member,
): Promise<number | undefined> {
  const samples = await readMetric(node.url, cluster.metricsToken, 'balai_worker_transports');
  return samples?.reduce((sum, { value }) => sum + value, 0);
}

let addresses = 0;

async function post<T>(url: string, body: object, accessToken?: string): Promise<T> {
  addresses += 1;
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`,
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
