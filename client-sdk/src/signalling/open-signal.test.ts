import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joined, ScriptedServer, wireError } from '../../test/fakes/scripted-server.ts';
import { ConnectionError, ServerError } from '../errors.ts';
import { openSignal, type SignalOptions } from './open-signal.ts';
import type { SignalChannel, StayListeners } from './signal-channel.ts';

const server = { current: new ScriptedServer(), url: '' };

beforeEach(async () => {
  server.current = new ScriptedServer();
  server.url = await server.current.listen();
});

afterEach(() => server.current.close());

function options(more: Partial<SignalOptions> = {}): SignalOptions {
  return {
    url: server.url,
    signal: new AbortController().signal,
    requestTimeoutMs: 5_000,
    handshake: {
      protocol: 1,
      token: 'a room token',
      rtpCapabilities: { codecs: [], headerExtensions: [] },
      sdk: { name: 'test', version: '1' },
    },
    ...more,
  };
}

function recorder() {
  const heard: string[] = [];
  const note = (event: string) => (message?: unknown) => {
    heard.push(message === undefined ? event : `${event} ${JSON.stringify(message)}`);
  };
  // Of a version that knows everything but this; what is told of everything is tried alone.
  const listeners = new Proxy(
    {},
    {
      get: (_, event) => {
        if (event === 'heard') return () => undefined;
        return event === 'somethingNew' ? undefined : note(String(event));
      },
    },
  ) as StayListeners;
  return { heard, listeners };
}

function open(more: Partial<SignalOptions> = {}): Promise<{
  channel: SignalChannel;
  heard: string[];
}> {
  const { heard, listeners } = recorder();
  return openSignal(options(more), (_joined, channel) => ({
    entered: { channel, heard },
    listeners,
  }));
}

describe('opening', () => {
  test('sends the handshake as the socket opens, and asks for nothing (SPEC 1.2, 1.3)', async () => {
    const { channel } = await open();
    expect(server.current.handshakes).toEqual([options().handshake]);
    expect(server.current.requests).toEqual([]);
    channel.close();
  });

  test('hands over joined before any other message, however close it follows', async () => {
    server.current.welcome = (socket) => {
      socket.emit('joined', joined({ room: { ...joined().room, name: 'Close' } }));
      socket.emit('unsubscribed', { subscriptionIds: ['s'] });
    };
    const { heard, listeners } = recorder();
    await openSignal(options(), ({ room }) => {
      heard.push(`joined ${room.name}`);
      return { entered: undefined, listeners };
    });
    await expect
      .poll(() => heard)
      .toEqual(['joined Close', 'unsubscribed {"subscriptionIds":["s"]}']);
  });

  test('fails with what the server refuses (SPEC 1.3, 1.4)', async () => {
    server.current.welcome = (socket) => {
      socket.emit('refused', wireError('room_full', { retryable: true }));
    };
    const opening = open();
    await expect(opening).rejects.toBeInstanceOf(ServerError);
    await expect(opening).rejects.toMatchObject({ code: 'room_full', retryable: true });
    await expect.poll(() => server.current.openSockets).toBe(0);
  });

  test('fails if nothing listens there', async () => {
    const unused = createServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const address = unused.address();
    await new Promise((resolve) => unused.close(resolve));
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(open({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'connection_failed',
    });
  });

  test('fails if the server hangs up instead of answering', async () => {
    server.current.welcome = (socket) => socket.conn.close();
    await expect(open()).rejects.toMatchObject({ code: 'connection_failed' });
  });

  test('is given up when asked, and leaves no socket behind', async () => {
    const controller = new AbortController();
    server.current.welcome = () => controller.abort(new ConnectionError('cancelled'));
    await expect(open({ signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.current.openSockets).toBe(0);
  });

  test.each(['/meet', '/meet/'])('finds a server that lives under %s', async (path) => {
    const below = new ScriptedServer('/meet');
    const url = await below.listen();
    const { channel } = await open({ url: `${url}${path}` });
    expect(below.handshakes).toHaveLength(1);
    channel.close();
    await below.close();
  });
});

describe('a request', () => {
  test('carries method and params, and brings back the result (SPEC 2.1)', async () => {
    server.current.script = { 'chat.history': () => ({ messages: [], before: 'older' }) };
    const { channel } = await open();
    expect(await channel.request('chat.history', { limit: 10 })).toEqual({
      messages: [],
      before: 'older',
    });
    expect(server.current.requests).toEqual([{ method: 'chat.history', params: { limit: 10 } }]);
  });

  test('fails with the error of the server (SPEC 6.1)', async () => {
    server.current.script = {
      'chat.send': () => {
        throw wireError('invalid_request', { details: ['text: too long'] });
      },
    };
    const { channel } = await open();
    await expect(channel.request('chat.send', { messageId: 'm', text: '' })).rejects.toMatchObject({
      name: 'ServerError',
      code: 'invalid_request',
      details: ['text: too long'],
    });
  });

  test('has a deadline', async () => {
    server.current.script = { 'room.leave': () => undefined };
    const { channel } = await open({ requestTimeoutMs: 20 });
    await expect(channel.request('room.leave', {})).rejects.toMatchObject({
      code: 'request_timeout',
      message: expect.stringContaining('room.leave'),
    });
  });

  test('whose reply is lost with the socket is sent again over the next, and so are later ones (SPEC 8.7)', async () => {
    let isLost = false;
    server.current.script = {
      'track.unpublish': () => {
        if (isLost) return null;
        isLost = true;
        server.current.hangUp();
        return undefined;
      },
    };
    const { channel, heard } = await open();
    const first = channel.request('track.unpublish', { trackId: 'first' });
    await expect.poll(() => heard).toEqual(['lost']);
    expect(channel.isConnected).toBe(false);
    const second = channel.request('track.unpublish', { trackId: 'second' });
    await channel.resume('a newer token', new AbortController().signal);
    await Promise.all([first, second]);
    const asked = server.current.paramsOf('track.unpublish').map(({ trackId }) => trackId);
    expect(asked).toEqual(['first', 'first', 'second']);
    expect(server.current.handshakes.at(-1)).toMatchObject({ token: 'a newer token' });
    channel.close();
  });

  test('that nobody takes up again fails with its deadline, or with the stay', async () => {
    const { channel, heard } = await open();
    server.current.hangUp();
    await expect.poll(() => heard).toEqual(['lost']);
    await expect(channel.request('room.leave', {}, 20)).rejects.toMatchObject({
      code: 'request_timeout',
    });
    const asking = channel.request('room.leave', {});
    channel.close(true);
    await expect(asking).rejects.toMatchObject({ code: 'connection_failed' });
    await expect(channel.request('room.leave', {})).rejects.toMatchObject({
      code: 'connection_failed',
    });
  });

  test('in flight is cancelled when we close', async () => {
    server.current.script = { 'room.leave': () => undefined };
    const { channel } = await open();
    const leaving = channel.request('room.leave', {});
    channel.close();
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('requests arrive in the order in which they were made (SPEC 2.2)', async () => {
    const { channel } = await open();
    const trackIds = Array.from({ length: 30 }, (_, index) => `t${index}`);
    await Promise.all(trackIds.map((trackId) => channel.request('track.unpublish', { trackId })));
    expect(server.current.paramsOf('track.unpublish').map(({ trackId }) => trackId)).toEqual(
      trackIds,
    );
  });
});

test('the last word of the server comes before the end of the socket (SPEC 4.3)', async () => {
  const { heard } = await open();
  server.current.say('goodbye', { reason: 'room_closed' });
  server.current.hangUp();
  await expect.poll(() => heard).toEqual(['goodbye {"reason":"room_closed"}', 'lost']);
});

test('everything is told to who listens to all of it, after its own listener', async () => {
  const heard: string[] = [];
  const listeners = {
    unsubscribed: () => heard.push('its own'),
    heard: (event, message) => heard.push(`${event} ${JSON.stringify(message)}`),
    lost: () => heard.push('lost'),
  } as Partial<StayListeners> as StayListeners;
  const channel = await openSignal(options(), (_, opened) => ({ entered: opened, listeners }));
  server.current.say('unsubscribed', { subscriptionIds: [] });
  server.current.say('reacted', { participantId: 'p', reaction: '👏' });
  // Who says this is no server of ours: it is a word between the parts of the SDK.
  server.current.say('heard' as never, {} as never);
  server.current.hangUp();
  await expect
    .poll(() => heard)
    .toEqual([
      'its own',
      'unsubscribed {"subscriptionIds":[]}',
      'reacted {"participantId":"p","reaction":"👏"}',
      'lost',
    ]);
  channel.close();
});

describe('coming back', () => {
  const chat = (text: string) => ({ ...CHAT, text });
  const CHAT = {
    messageId: 'm',
    kind: 'text',
    identity: 'ann',
    name: 'Ann',
    toIdentity: null,
    file: null,
    sentAt: '2026-01-31T12:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  } as const;

  test('tells the number of messages of the stay, over all its sockets (SPEC 8.2)', async () => {
    const resumes: unknown[] = [];
    server.current.recover = (socket, resume) => {
      resumes.push(resume);
      socket.emit('recovered', { missed: 1 });
      socket.emit('chatMessage', chat(`missed ${resumes.length}`));
    };
    const { channel, heard } = await open();
    server.current.say('chatMessage', chat('one'));
    server.current.say('unsubscribed', { subscriptionIds: [] });
    await expect.poll(() => heard).toHaveLength(2);
    for (const received of [2, 3, 4]) {
      server.current.hangUp();
      await expect.poll(() => heard.at(-1)).toBe('lost');
      await channel.resume('token', new AbortController().signal);
      await expect.poll(() => heard.at(-1)).toContain('missed');
      expect(resumes.at(-1)).toMatchObject({ participantId: 'stay-of-me', received });
    }
    channel.close();
  });

  test('passes over what this version does not know, and counts it all the same (SPEC 8.2)', async () => {
    const resumes: { received: number }[] = [];
    server.current.recover = (socket, resume) => {
      resumes.push(resume);
      socket.emit('recovered', { missed: 0 });
    };
    server.current.welcome = (socket) => {
      socket.emit('joined', joined());
      socket.emit('somethingNew', {});
      socket.emit('unsubscribed', { subscriptionIds: [] });
    };
    const { channel, heard } = await open();
    await expect.poll(() => heard).toHaveLength(1);
    channel.drop();
    expect(heard.at(-1)).toBe('lost');
    await channel.resume('token', new AbortController().signal);
    expect(resumes[0]?.received).toBe(2);
    channel.close();
  });

  test('fails with what the server says (SPEC 8.5)', async () => {
    server.current.recover = (socket) => socket.emit('refused', wireError('stay_over'));
    const { channel } = await open();
    channel.drop();
    await expect(channel.resume('token', new AbortController().signal)).rejects.toMatchObject({
      name: 'ServerError',
      code: 'stay_over',
    });
  });

  test('without a word is no leaving: a socket that is given up says no goodbye (SPEC 4.4)', async () => {
    const reasons: string[] = [];
    server.current.welcome = (socket) => {
      socket.on('disconnect', (reason) => reasons.push(reason));
      socket.emit('joined', joined());
    };
    const { channel } = await open();
    channel.drop();
    await expect.poll(() => reasons).toEqual(['transport close']);
    const { channel: other } = await open();
    other.close();
    await expect.poll(() => reasons.at(-1)).toBe('client namespace disconnect');
  });

  test('and giving that up is no leaving either; leaving meanwhile is (SPEC 4.4)', async () => {
    const reasons: string[] = [];
    const asked = Promise.withResolvers<void>();
    server.current.recover = (socket) => {
      socket.on('disconnect', (reason) => reasons.push(reason));
      asked.resolve();
    };
    const { channel } = await open();
    channel.drop();
    const givenUp = new AbortController();
    const resuming = channel.resume('token', givenUp.signal);
    await asked.promise;
    givenUp.abort(new ConnectionError('request_timeout'));
    await expect(resuming).rejects.toMatchObject({ code: 'request_timeout' });
    await expect.poll(() => reasons).toEqual(['transport close']);

    server.current.recover = (socket) => {
      socket.on('disconnect', (reason) => reasons.push(reason));
      socket.emit('recovered', { missed: 0 });
    };
    const leaving = channel.resume('token', new AbortController().signal);
    channel.close();
    await leaving;
    await expect.poll(() => reasons.at(-1)).toBe('client namespace disconnect');
  });
});
