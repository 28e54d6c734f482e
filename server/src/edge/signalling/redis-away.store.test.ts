import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { roomParticipantOwnersKey, roomParticipantsKey } from '../../store/redis/keys.ts';
import { connectRedis, type RedisStore } from '../../store/redis/redis.ts';
import { handshakeOf } from './testing/test-client.ts';
import { createTestSignalling, type TestSignalling } from './testing/test-signalling.ts';

let proxy: CuttableProxy;
let seatsRedis: RedisStore;
let server: TestSignalling;

beforeAll(async () => {
  proxy = await startCuttableProxy(createTestRedisUrl(), 6_379);
  seatsRedis = await connectRedis(proxy.url, silentLogger);
  server = await createTestSignalling({ seatsRedis, heartbeatMs: 50 });
});

afterAll(async () => {
  await server.close();
  await seatsRedis.close();
  await proxy.close();
});

test('while Redis is away joins are refused unavailable and rooms go on; when it is back, so are the seats', async () => {
  const roomId = await server.addRoom(2);
  const ann = await server.enter(roomId);
  const ben = await server.enter(roomId);
  await proxy.cut();

  const late = handshakeOf(server.tokenFor(roomId, await server.addUser('Late')));
  expect(await server.open(late).next('refused')).toMatchObject({
    code: 'unavailable',
    retryable: true,
  });
  const { message } = await ann.client.request('chat.send', {
    messageId: randomUUID(),
    text: 'still here',
  });
  expect(await ben.client.next('chatMessage')).toEqual(message);

  await proxy.mend();
  // The seats are gone, as after a restart of Redis without persistence.
  const keys = [roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId)];
  await vi.waitFor(() => seatsRedis.client.del(...keys), { timeout: 20_000, interval: 50 });
  await vi.waitFor(
    async () => expect(await server.seats.hasSeat(roomId, randomUUID(), 2)).toBe(false),
    { timeout: 20_000, interval: 50 },
  );
  expect(await server.open(late).next('refused')).toMatchObject({ code: 'room_full' });
  expect([ann, ben].map(({ client }) => client.socket.connected)).toEqual([true, true]);
});
