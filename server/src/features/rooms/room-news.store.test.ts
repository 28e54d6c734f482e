/** Two servers on the same stores: people of one room may be connected to either. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorAnswer, NotificationPage, Room, SignedIn } from '@balai/protocol';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';

let here: TestApi;
let there: TestApi;
let proxy: CuttableProxy;
let host: Required<SignedIn>;
let ann: Required<SignedIn>;
beforeAll(async () => {
  here = await startTestApi();
  proxy = await startCuttableProxy(here.redisUrl, 6_379);
  there = await startTestApi({ beside: here, redisUrl: proxy.url });
  host = await here.signUp('Hanna');
  ann = await here.signUp('Ann');
});
afterAll(async () => {
  await there.close();
  await proxy.close();
  await here.close();
});

interface Meeting {
  readonly room: Room;
  readonly hostHere: Member;
  readonly annThere: Member;
}

/** The host on one server, Ann on the other. */
async function meet(): Promise<Meeting> {
  const room = await here.createRoom(host.accessToken);
  return {
    room,
    hostHere: await enterRoom(here, room.id, host.accessToken),
    annThere: await enterRoom(there, room.id, ann.accessToken),
  };
}

/** Asks the server that Ann is not connected to. @throws Error with the code. */
async function giveRole(room: Room, role: 'moderator' | 'participant'): Promise<void> {
  await ask('PATCH', `/v1/rooms/${room.id}/participants/${ann.user.id}`, { role });
}

/** In the name of the host. @throws Error with the code. */
async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, body: answer } = await here.request<T & ErrorAnswer>(path, {
    method,
    token: host.accessToken,
    ...(body === undefined ? {} : { body }),
  });
  if (status >= 300) {
    throw new Error(`${method} ${path}: ${answer.error.code}`);
  }
  return answer;
}

/** Keeps the database from writing anybody's arrival until it is let go. */
async function holdBackArrivals(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: here.stores.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE meeting_history IN SHARE MODE');
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}

describe('in a room with people on two servers', () => {
  test('a message, its change and its end reach everybody once (SPEC 5.1, 5.4, 5.5)', async () => {
    const { hostHere, annThere } = await meet();
    const messageId = randomUUID();
    const { message } = await hostHere.client.request('chat.send', { messageId, text: 'Hello' });
    expect(await annThere.client.next('chatMessage')).toEqual(message);
    const changed = await hostHere.client.request('chat.edit', { messageId, text: 'Hi' });
    expect(await annThere.client.next('chatMessageUpdated')).toEqual(changed.message);
    const deleted = await hostHere.client.request('chat.delete', { messageId });
    expect(await annThere.client.next('chatMessageDeleted')).toEqual(deleted.message);

    const answer = await annThere.client.request('chat.send', {
      messageId: randomUUID(),
      text: 'Bye',
    });
    await hostHere.client.until((client) => client.all('chatMessage').length > 1);
    expect(hostHere.client.all('chatMessage')).toEqual([message, answer.message]);
    expect(annThere.client.all('chatMessage')).toEqual([message, answer.message]);
  });

  test('what one says quickly arrives in the order of saying it', async () => {
    const { hostHere, annThere } = await meet();
    const texts = Array.from({ length: 15 }, (_, index) => `message ${index}`);
    await Promise.all(
      texts.map((text) => hostHere.client.request('chat.send', { messageId: randomUUID(), text })),
    );
    await annThere.client.until((client) => client.all('chatMessage').length === texts.length);
    expect(annThere.client.all('chatMessage').map(({ text }) => text)).toEqual(texts);
  });

  test('a role that is given on one holds on the other (SPEC 4.5)', async () => {
    const { room, annThere } = await meet();
    await giveRole(room, 'moderator');
    expect(await annThere.client.next('roleChanged')).toMatchObject({
      role: 'moderator',
      grants: { moderate: true },
    });
    expect(there.meetings.sessions.findStay(room.id, ann.user.id)?.ticket.role).toBe('moderator');
  });

  test('a role can be given on one while the arrival on the other is still to be written', async () => {
    const letGo = await holdBackArrivals();
    const room = await here.createRoom(host.accessToken);
    const annThere = await enterRoom(there, room.id, ann.accessToken);
    const giving = giveRole(room, 'moderator').then(() => 'given');
    // Refused, it would be answered long before: nothing of that waits for the lock.
    expect(await Promise.race([giving, sleep(500, 'waits')])).toBe('waits');
    await letGo();
    expect(await giving).toBe('given');
    expect(await annThere.client.next('roleChanged')).toMatchObject({ role: 'moderator' });
  });

  test('who has just come on one is a member for the other', async () => {
    const letGo = await holdBackArrivals();
    const room = await here.createRoom(host.accessToken);
    await enterRoom(there, room.id, ann.accessToken);
    const asking = here.request(`/v1/rooms/${room.id}/settings`, { token: ann.accessToken });
    expect(await Promise.race([asking, sleep(500, 'waits')])).toBe('waits');
    await letGo();
    expect((await asking).status).toBe(200);
  });

  test('settings and a name that are changed on one hold on the other at once (SPEC 11.5)', async () => {
    const { room, annThere } = await meet();
    const carol = await enterRoom(there, room.id, (await here.signUp('Carol')).accessToken);
    for (const { client } of [annThere, carol]) {
      await client.request('track.publish', {
        clientTrackId: 'one',
        source: 'camera',
        name: '',
        isMuted: false,
        width: 640,
        height: 480,
        rtpParameters: FAKE_RTP_PARAMETERS,
      });
    }
    await ask('PUT', `/v1/rooms/${room.id}/settings/last_n`, { value: 1 });
    const seen = () => there.media.allowed.get(`${room.id} video`);
    await expect.poll(seen).toHaveLength(1);
    await ask('PATCH', `/v1/rooms/${room.id}`, { name: 'Another name' });
    await annThere.client.until((client) =>
      client
        .changes()
        .some((change) => change.type === 'roomUpdated' && change.room.name === 'Another name'),
    );
  });

  test('the end of the meeting ends every stay', async () => {
    const { room, hostHere, annThere } = await meet();
    await ask('POST', `/v1/rooms/${room.id}/end`);
    expect(await hostHere.client.next('goodbye')).toEqual({ reason: 'room_closed' });
    expect(await annThere.client.next('goodbye')).toEqual({ reason: 'room_closed' });
    await expect(enterRoom(there, room.id, ann.accessToken)).rejects.toThrow('room_ended');
  });

  test('who is there is not notified of a message that calls them (SPEC 5.9)', async () => {
    const { hostHere, room } = await meet();
    const absent = await here.signUp('Absent');
    const left = await enterRoom(there, room.id, absent.accessToken);
    left.client.socket.disconnect();
    await expect
      .poll(() => there.meetings.sessions.findStay(room.id, absent.user.id))
      .toBeUndefined();
    await expect
      .poll(async () => {
        await hostHere.client.request('chat.send', {
          messageId: randomUUID(),
          text: 'Where are you?',
          mentions: [ann.user.id, absent.user.id],
        });
        return await countNotifications(absent.accessToken);
      })
      .toBeGreaterThan(0);
    expect(await countNotifications(ann.accessToken)).toBe(0);
  });

  test('a server that was cut off learns what was done meanwhile when it hears from Redis again', async () => {
    const [renamed, over] = [await meet(), await meet()];
    const [without, divided] = [await meet(), await meet()];
    await proxy.cut();
    await here.meetings.moderation.sendOut(without.room.id, ann.user.id);
    const { rooms } = await divided.hostHere.client.request('breakouts.create', {
      rooms: [{ name: 'Group', identities: [ann.user.id] }],
    });
    await giveRole(renamed.room, 'moderator');
    await ask('POST', `/v1/rooms/${over.room.id}/end`);
    expect(renamed.annThere.client.all('roleChanged')).toEqual([]);
    expect(over.annThere.client.all('goodbye')).toEqual([]);
    await proxy.mend();
    expect(await over.annThere.client.next('goodbye')).toEqual({ reason: 'room_closed' });
    expect(await renamed.annThere.client.next('roleChanged')).toMatchObject({ role: 'moderator' });
    const gone = await without.annThere.client.next('goodbye');
    expect(gone).toEqual({ reason: 'participant_removed' });
    const { room } = await divided.annThere.client.next('moved');
    expect(room.id).toBe(rooms[0]?.id);
  });
});

async function countNotifications(token: string): Promise<number> {
  const { body } = await here.request<NotificationPage>('/v1/notifications', { token });
  return body.items.length;
}
