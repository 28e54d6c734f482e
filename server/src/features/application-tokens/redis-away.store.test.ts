/** Tokens while nobody knows which of them were taken back. */
import type { JoinAnswer } from '@balai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import {
  createTestProject,
  roomClaims,
  signRequest,
  signWith,
  type TestProject,
} from '../../../test/test-project.ts';
import { createTestRedisUrl } from '../../../test/test-stores.ts';
import { resumableHandshake } from '../../edge/signalling/testing/returning-client.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let proxy: CuttableProxy;
let api: TestApi;
let app: TestProject;
beforeAll(async () => {
  proxy = await startCuttableProxy(createTestRedisUrl(), 6_379);
  api = await startTestApi({ redisUrl: proxy.url });
  app = await createTestProject(api);
});
afterAll(async () => {
  await api.close();
  await proxy.close();
});

test('while Redis is away no token lets anybody in, and stays are resumed all the same (SPEC 17.7)', async () => {
  const theirs = await signWith(app.key, roomClaims(api));
  const request = await signRequest(api, app.key);
  const { accessToken } = await api.signUp();
  const room = await api.createRoom(accessToken);
  const joining = { body: { name: 'Guest' } };
  const own = (await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, joining)).body.token;
  const alice = new TestClient(api.url, resumableHandshake(theirs));
  const { self } = await alice.next('joined');

  await proxy.cut();
  for (const token of [theirs, own]) {
    const answer = await api.request('/v1/join-info', { token });
    expect(answer).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable', retryable: true } },
    });
    const client = new TestClient(api.url, handshakeOf(token));
    expect((await client.next('refused')).code).toBe('unavailable');
  }
  // Nor does a denial seem to be done that is not.
  const denial = { token: request, body: { jti: 'a', exp: 0 } };
  expect((await api.request('/v1/service/tokens/deny', denial)).status).toBe(503);

  alice.socket.io.engine.close();
  await alice.closed();
  const received = alice.received.length - 1;
  const resume = { participantId: self.participantId, received };
  const back = new TestClient(api.url, resumableHandshake(theirs, resume));
  // Whatever the room said meanwhile.
  expect(await back.next('recovered')).toEqual({ missed: expect.any(Number) });
  await proxy.mend();
  back.socket.disconnect();
});
