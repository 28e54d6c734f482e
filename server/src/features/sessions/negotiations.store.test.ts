import type { Joined } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { handshakeOf, type TestClient } from '../../edge/signalling/testing/test-client.ts';
import {
  createTestSignalling,
  type TestSignalling,
} from '../../edge/signalling/testing/test-signalling.ts';
import { negotiationKeys } from '../../store/redis/keys.ts';
import { createNegotiations, NEGOTIATION_LIFETIME_MS, type OfferedTrack } from './negotiations.ts';
import { FAKE_RTP_PARAMETERS } from './testing/fake-media-plane.ts';

const DTLS = {
  role: 'client',
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }],
} as const;

let server: TestSignalling;
let roomId: string;
let identity: string;
beforeAll(async () => {
  server = await createTestSignalling();
});
afterAll(() => server.close());
beforeEach(async () => {
  roomId = await server.addRoom();
  identity = await server.addUser('Ann');
});

async function join(): Promise<{ client: TestClient; joined: Joined }> {
  const client = server.open(handshakeOf(server.tokenFor(roomId, identity)));
  return { client, joined: await client.next('joined') };
}

async function publish(client: TestClient, source: 'camera' | 'screen_share', isMuted: boolean) {
  const { trackId } = await client.request('track.publish', {
    clientTrackId: source,
    source,
    name: `my ${source}`,
    isMuted,
    width: 640,
    height: 360,
    rtpParameters: FAKE_RTP_PARAMETERS,
  });
  return trackId;
}

async function connectAll(client: TestClient, joined: Joined): Promise<void> {
  for (const transport of [joined.sendTransport, joined.receiveTransport]) {
    await client.request('transport.connect', {
      transportId: transport?.transportId ?? '',
      dtlsParameters: DTLS,
    });
  }
}

/** As a network that is gone: no goodbye from either side. */
async function lose(client: TestClient): Promise<void> {
  client.socket.io.engine.close();
  await expect.poll(() => server.sessions.findStay(roomId, identity)).toBeUndefined();
}

function keptKeys(): Promise<number> {
  return server.stores.redis.run((redis) => redis.exists(...negotiationKeys(roomId, identity)));
}

describe('what was negotiated', () => {
  test('is found again by who lost the socket, as it was (SPEC 1.10)', async () => {
    const { client, joined } = await join();
    expect(joined.resumed).toBeNull();
    await connectAll(client, joined);
    const screen = await publish(client, 'screen_share', false);
    const camera = await publish(client, 'camera', false);
    await client.request('track.setMuted', { trackId: camera, isMuted: true });
    await client.request('track.unpublish', { trackId: screen });
    await lose(client);
    const again = await join();
    expect(again.joined.resumed).toEqual({
      participantId: joined.self.participantId,
      tracks: [{ source: 'camera', name: 'my camera', isMuted: true }],
      wasConnected: true,
    });
    expect(again.joined.self.participantId).not.toBe(joined.self.participantId);
  });

  test('says that the client had not connected, where an answer is missing', async () => {
    const { client, joined } = await join();
    await client.request('transport.connect', {
      transportId: joined.sendTransport?.transportId ?? '',
      dtlsParameters: DTLS,
    });
    await lose(client);
    expect((await join()).joined.resumed).toMatchObject({ tracks: [], wasConnected: false });
  });

  test('is kept for five minutes in three keys: offers, answers, candidates (SPEC 1.10)', async () => {
    const { client, joined } = await join();
    await connectAll(client, joined);
    await publish(client, 'camera', false);
    const [offers, answers, candidates] = negotiationKeys(roomId, identity);
    await vi.waitFor(async () => {
      const fields = await server.stores.redis.run((redis) => redis.hkeys(offers));
      expect(fields.toSorted()).toEqual(['participant', 'receive', 'send', 'track:camera']);
    }, 10_000);
    const [answered, addresses, ...lives] = await server.stores.redis.run((redis) =>
      Promise.all([
        redis.hkeys(answers),
        redis.lrange(candidates, 0, -1),
        ...[offers, answers, candidates].map((key) => redis.pttl(key)),
      ]),
    );
    expect(answered.toSorted()).toEqual(
      [joined.sendTransport?.transportId, joined.receiveTransport?.transportId].toSorted(),
    );
    expect(addresses.map((text) => JSON.parse(text) as unknown)).toEqual(
      expect.arrayContaining([...(joined.sendTransport?.iceCandidates ?? [])]),
    );
    for (const life of lives) {
      expect(life).toBeGreaterThan(NEGOTIATION_LIFETIME_MS - 30_000);
      expect(life).toBeLessThanOrEqual(NEGOTIATION_LIFETIME_MS);
    }
  });

  test('is nothing for who left (SPEC 1.10)', async () => {
    const { client } = await join();
    await publish(client, 'camera', false);
    await client.request('room.leave', {});
    await expect.poll(keptKeys).toBe(0);
    expect((await join()).joined.resumed).toBeNull();
  });

  test('is nobody else’s, and of this room only', async () => {
    const { client } = await join();
    await publish(client, 'camera', false);
    await lose(client);
    expect((await server.enter(roomId)).joined.resumed).toBeNull();
    const otherRoom = await server.addRoom();
    const elsewhere = server.open(handshakeOf(server.tokenFor(otherRoom, identity)));
    expect((await elsewhere.next('joined')).resumed).toBeNull();
  });

  test('passes to the stay that takes over, and is not dropped by the end of the other', async () => {
    const first = await join();
    await publish(first.client, 'camera', true);
    const second = await join();
    expect(second.joined.resumed).toMatchObject({ tracks: [{ source: 'camera' }] });
    expect(await first.client.next('goodbye')).toMatchObject({ reason: 'duplicate_identity' });
    await expect
      .poll(() =>
        server.stores.redis.run((redis) =>
          redis.hget(negotiationKeys(roomId, identity)[0], 'participant'),
        ),
      )
      .toBe(second.joined.self.participantId);
  });

  test('is not written over by an earlier stay whose end another server notices late', async () => {
    const negotiations = createNegotiations(server.stores.redis);
    const write = (participantId: string, tracks: readonly OfferedTrack[], isBeginning: boolean) =>
      negotiations.write(
        roomId,
        identity,
        { participantId, transports: { send: null, receive: null }, answers: new Map(), tracks },
        isBeginning,
      );
    await write('the first', [], true);
    await write('the second', [{ source: 'camera', name: '', isMuted: false }], true);
    await write('the first', [{ source: 'screen_share', name: '', isMuted: false }], false);
    expect(await negotiations.find(roomId, identity)).toMatchObject({
      participantId: 'the second',
      tracks: [{ source: 'camera' }],
    });
    await write('the second', [], false);
    expect(await negotiations.find(roomId, identity)).toMatchObject({ tracks: [] });
  });

  test('of stays that go on is refreshed', async () => {
    const { client } = await join();
    await publish(client, 'camera', false);
    const [offers] = negotiationKeys(roomId, identity);
    await expect.poll(keptKeys).toBeGreaterThan(0);
    await server.stores.redis.run((redis) => redis.pexpire(offers, 5_000));
    await createNegotiations(server.stores.redis).refresh([[roomId, identity]]);
    const life = await server.stores.redis.run((redis) => redis.pttl(offers));
    expect(life).toBeGreaterThan(NEGOTIATION_LIFETIME_MS - 30_000);
  });
});

test('a server that stops leaves to everybody what they had (SPEC 1.10)', async () => {
  const stopping = await createTestSignalling();
  const hall = await stopping.addRoom();
  const person = await stopping.addUser('Ben');
  const client = stopping.open(handshakeOf(stopping.tokenFor(hall, person)));
  await client.next('joined');
  await publish(client, 'camera', true);
  await stopping.sessions.drain();
  const negotiations = createNegotiations(stopping.stores.redis);
  expect(await negotiations.find(hall, person)).toMatchObject({
    tracks: [{ source: 'camera', isMuted: true }],
  });
  await stopping.close();
});
