import type { ChatMessage, Grants, Joined } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joined, participant, ScriptedServer, wireError } from '../test/fakes/scripted-server.ts';
import { setUpRoom, withMedia } from '../test/room-bench.ts';

let server: ScriptedServer;
let url: string;

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(() => server.close());

function welcome(message: Joined): void {
  server.welcome = (socket) => socket.emit('joined', message);
}

const setUp = () => setUpRoom(url);

describe('publishing', () => {
  test('connects the transport, publishes, mutes and unpublishes', async () => {
    welcome(withMedia());
    server.script = { 'track.publish': () => ({ trackId: 'own-camera' }) };
    const { room, events, connect } = setUp();
    await connect();
    const publication = await room.localParticipant.setCameraEnabled(true);
    expect(publication?.trackSid).toBe('own-camera');
    await room.localParticipant.setCameraEnabled(false);
    await room.localParticipant.setCameraEnabled(true);
    if (publication) await room.localParticipant.unpublishTrack(publication.track);
    expect(server.requests.map(({ method }) => method)).toEqual([
      'transport.connect',
      'track.publish',
      'track.setMuted',
      'track.setMuted',
      'track.unpublish',
    ]);
    expect(server.paramsOf('track.publish')[0]).toMatchObject({
      source: 'camera',
      isMuted: false,
      width: 1280,
      height: 720,
    });
    expect(server.paramsOf('track.setMuted').map(({ isMuted }) => isMuted)).toEqual([true, false]);
    expect(events.slice(3)).toEqual([
      'own camera on',
      'me camera muted',
      'me camera unmuted',
      'own camera off',
    ]);
  });

  test('several tracks does not wait for one to be answered before the next is asked', async () => {
    welcome(withMedia());
    const answers = Promise.withResolvers<null>();
    server.script = {
      'track.publish': async ({ source }) => {
        await answers.promise;
        return { trackId: source };
      },
    };
    const { room, connect } = setUp();
    await connect();
    const enabling = room.localParticipant.enableCameraAndMicrophone();
    await expect.poll(() => server.paramsOf('track.publish').length).toBe(2);
    answers.resolve(null);
    await enabling;
  });

  test('without any publish grant is forbidden', async () => {
    welcome(joined());
    server.script = {
      'transport.open': () => {
        throw wireError('forbidden');
      },
    };
    const { room, capture, connect } = setUp();
    await connect();
    await expect(room.localParticipant.setCameraEnabled(true)).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(capture.live).toEqual([]);
    expect(server.requests.map(({ method }) => method)).toEqual(['transport.open']);
  });

  test('while the room is being joined waits for it', async () => {
    welcome(withMedia());
    server.script = { 'track.publish': () => ({ trackId: 'own' }) };
    const { room, connect } = setUp();
    const connecting = connect();
    const publication = await room.localParticipant.setMicrophoneEnabled(true);
    expect(publication?.trackSid).toBe('own');
    await connecting;
  });
});

const MESSAGE = {
  messageId: 'first',
  kind: 'text',
  identity: 'me',
  name: 'ME',
  toIdentity: null,
  text: 'hi',
  file: null,
  sentAt: '2026-01-31T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
} as const satisfies ChatMessage;

describe('the chat', () => {
  test('hears that a message says something else, and that it is gone', async () => {
    welcome(joined({}));
    const { room, connect } = setUp();
    const heard: string[] = [];
    room.on('chatMessageUpdated', ({ text }) => heard.push(`updated: ${text}`));
    room.on('chatMessageDeleted', ({ messageId }) => heard.push(`deleted: ${messageId}`));
    await connect();
    server.say('chatMessageUpdated', { ...MESSAGE, text: 'ho', editedAt: MESSAGE.sentAt });
    server.say('chatMessageDeleted', { ...MESSAGE, text: '', deletedAt: MESSAGE.sentAt });
    await expect.poll(() => heard).toEqual(['updated: ho', 'deleted: first']);
  });

  test('and roles follow the server: those of others, and our own with its grants', async () => {
    welcome(joined({ participants: [participant('ann')] }));
    const { room, connect } = setUp();
    const heard: string[] = [];
    room.on('participantRoleChanged', ({ identity, role }) => heard.push(`${identity}: ${role}`));
    await connect();
    const { sid = '' } = room.getParticipantByIdentity('ann') ?? {};
    const change = { type: 'roleChanged', participantId: sid, role: 'moderator' } as const;
    server.say('changed', { changes: [change] });
    const grants = { ...room.localParticipant.grants, moderate: true } as Grants;
    server.say('roleChanged', { role: 'moderator', grants });
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard[0]).toBe('ann: moderator');
    expect(room.localParticipant.role).toBe('moderator');
    expect(room.localParticipant.grants?.moderate).toBe(true);
  });

  test('may be between two people alone', async () => {
    welcome(joined({ participants: [participant('ann')] }));
    server.script = {
      'chat.send': ({ messageId, text, to }) => ({
        message: { ...MESSAGE, messageId, text, toIdentity: to ?? null },
      }),
    };
    const { room, connect } = setUp();
    await connect();
    expect((await room.sendChatMessage('psst', { to: 'ann' })).toIdentity).toBe('ann');
    expect((await room.sendChatMessage('hello')).toIdentity).toBeNull();
    expect(server.paramsOf('chat.send').map((params) => 'to' in params)).toEqual([true, false]);
  });

  test('sends with an id of its own, and hears everything, its own words included (SPEC 5.1, 5.3)', async () => {
    welcome(joined({ participants: [participant('ann')] }));
    server.script = {
      'chat.send': ({ messageId, text }) => {
        const message = { ...MESSAGE, messageId, text };
        server.say('chatMessage', message);
        return { message };
      },
    };
    const { room, events, connect } = setUp();
    await connect();
    const [first, second] = [await room.sendChatMessage('hi'), await room.sendChatMessage('hi')];
    expect(first.messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.messageId).not.toBe(first.messageId);
    await expect.poll(() => events.slice(-2)).toEqual(['me: hi', 'me: hi']);
  });

  test('reads what was said before (SPEC 5.2)', async () => {
    server.script = { 'chat.history': () => ({ messages: [], before: null }) };
    const { room, connect } = setUp();
    await connect();
    expect(await room.getChatHistory()).toEqual({ messages: [], before: null });
    await room.getChatHistory({ before: 'cursor', limit: 5 });
    expect(server.paramsOf('chat.history')).toEqual([{}, { before: 'cursor', limit: 5 }]);
  });
});
