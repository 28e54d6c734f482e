/** Data of backends for rooms whose people are in two processes of a cluster. */
import { randomUUID } from 'node:crypto';
import { LIMITS } from '@balai/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRedisUrl } from '../../../test/test-stores.ts';
import { FakeMediaPlane } from '../sessions/testing/fake-media-plane.ts';
import { FakeSeats } from '../sessions/testing/fake-stores.ts';
import { type SceneProcess, startSceneProcess } from '../sessions/testing/scene-process.ts';
import { BackendData } from './backend-data.ts';

const payload = Buffer.from('hello').toString('base64');
let media: FakeMediaPlane;
let processes: SceneProcess[];
let backends: BackendData[];
let roomId: string;

beforeEach(async () => {
  const shared = {
    redisUrl: createTestRedisUrl(),
    media: new FakeMediaPlane(),
    seats: new FakeSeats(),
  };
  media = shared.media;
  roomId = randomUUID();
  processes = [await startSceneProcess(shared), await startSceneProcess(shared)];
  backends = processes.map(
    ({ scene, inquiries }) =>
      new BackendData({ media, sessions: scene.sessions, inquiries, isMediaShared: true }),
  );
});

afterEach(async () => {
  for (const process of processes) await process.stop();
});

test('what is for everybody is given to the media plane once', async () => {
  for (const [index, process] of processes.entries()) await process.join(`${index}`, roomId);
  for (const backend of backends) await backend.send(roomId, { payload });
  expect(media.sentData).toHaveLength(2);
  expect(media.sentData[0]).toMatchObject({ roomId, kind: 'reliable', destinations: [] });
});

test('what is for a room of other processes gets there from any of them', async () => {
  await processes[0]?.join('ann', roomId);
  await backends[1]?.send(roomId, { payload, kind: 'lossy', topic: 'a topic' });
  expect(media.sentData).toMatchObject([{ roomId, kind: 'lossy', topic: 'a topic' }]);
});

test('what is for some is given to the media plane by the processes that have them', async () => {
  const [ann, ben] = [
    await processes[0]?.join('ann', roomId),
    await processes[1]?.join('ben', roomId),
  ];
  await processes[1]?.join('cleo', roomId);
  await backends[0]?.send(roomId, { payload, destinationIdentities: ['ann', 'ben', 'nobody'] });
  expect(media.sentData.map(({ destinations }) => destinations)).toEqual([
    [ann?.stay.participantId],
    [ben?.stay.participantId],
  ]);
});

test('what is too large is refused', async () => {
  const large = Buffer.alloc(LIMITS.dataPayloadBytes + 1).toString('base64');
  await expect(backends[0]?.send(roomId, { payload: large })).rejects.toMatchObject({
    code: 'payload_too_large',
  });
});
