import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Notification, PERSONAL_NAMESPACE, SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectNotifications, type Notifications } from './notifications.ts';

const invitation: Notification = {
  id: 'n1',
  type: 'room_invitation',
  title: 'Invitation: Weekly',
  message: 'Ann invites you.',
  isRead: false,
  roomId: 'r1',
  senderId: 'ann',
  createdAt: '2026-01-31T12:00:00.000Z',
};

let http: HttpServer;
let io: Server;
let url: string;
/** What is said as a socket opens; the token that it came with. */
let welcome: (socket: Socket, token: string) => void;
/** What the REST API answers. */
let answer: (line: string, bearer: string) => { status: number; body?: unknown };
let requests: string[];
const opened: Notifications[] = [];

beforeEach(async () => {
  requests = [];
  welcome = (socket) => socket.emit('welcome', { unreadCount: 0 });
  http = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const { status, body } = answer(line, request.headers.authorization ?? '');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  io = new Server(http, { path: SIGNALLING_PATH, transports: ['websocket'] });
  io.of(PERSONAL_NAMESPACE).on('connection', (socket) => {
    welcome(socket, socket.handshake.auth['token']);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const notifications of opened.splice(0)) notifications.close();
  await io.close();
});

/** Connects, and writes down what it is told. */
function connect(getAccessToken: (isRefused: boolean) => string | Promise<string> = () => 'token') {
  const notifications = connectNotifications(url, { getAccessToken, reconnectDelayMs: 1 });
  opened.push(notifications);
  const told: string[] = [];
  notifications
    .on('notification', ({ title }) => told.push(title))
    .on('read', (ids) => told.push(`read ${ids}`))
    .on('unreadCountChanged', (count) => told.push(`${count} unread`))
    .on('lookAgain', () => told.push('look again'))
    .on('ended', (error) => told.push(`ended ${error?.code}`));
  return { notifications, told };
}

const personal = () => io.of(PERSONAL_NAMESPACE);
const refusal = (code: string, retryable = false) => ({ code, message: code, retryable });

describe('live notifications', () => {
  test('are told as they come, with how many are unread (SPEC 7.1, 7.2)', async () => {
    welcome = (socket) => {
      socket.emit('welcome', { unreadCount: 2 });
      socket.emit('notification', invitation);
    };
    const { notifications, told } = connect();
    const expected = ['2 unread', 'look again', '3 unread', 'Invitation: Weekly'];
    await expect.poll(() => told).toEqual(expected);
    expect(notifications.unreadCount).toBe(3);
  });

  test('that were read elsewhere are counted by the server (SPEC 7.3)', async () => {
    welcome = (socket) => socket.emit('welcome', { unreadCount: 5 });
    answer = () => ({ status: 200, body: { items: [], nextCursor: null, unreadCount: 4 } });
    const { told } = connect();
    await expect.poll(() => told).toEqual(['5 unread', 'look again']);
    personal().emit('notificationsRead', { ids: ['n1', 'n2'] });
    await expect.poll(() => told.slice(2)).toEqual(['read n1,n2', '4 unread']);
    personal().emit('notificationsRead', { ids: null });
    await expect.poll(() => told.slice(4)).toEqual(['0 unread', 'read null']);
    expect(requests).toEqual(['GET /v1/notifications?limit=1']);
  });

  test('that come while the unread ones are counted are not lost', async () => {
    welcome = (socket) => socket.emit('welcome', { unreadCount: 5 });
    let counts = 0;
    answer = () => {
      counts += 1;
      // The first answer is on its way when the next notification overtakes it.
      if (counts === 1) personal().emit('notification', invitation);
      return { status: 200, body: { items: [], nextCursor: null, unreadCount: 3 + counts } };
    };
    const { notifications, told } = connect();
    await expect.poll(() => told).toContain('look again');
    personal().emit('notificationsRead', { ids: ['n1'] });
    await expect.poll(() => told).toContain('Invitation: Weekly');
    await expect.poll(() => notifications.unreadCount).toBe(3 + counts);
  });

  test('connect again after a loss, and say that something may have been missed', async () => {
    const { told } = connect();
    await expect.poll(() => told).toEqual(['look again']);
    for (const socket of await personal().fetchSockets()) socket.disconnect(true);
    await expect.poll(() => told).toEqual(['look again', 'look again']);
  });

  test('ask for another token when one is too old, and keep on', async () => {
    const asked: boolean[] = [];
    welcome = (socket, token) => {
      if (token === 'new') socket.emit('welcome', { unreadCount: 1 });
      else {
        socket.emit('refused', refusal('token_expired', true));
        socket.disconnect(true);
      }
    };
    const { told } = connect((isRefused) => {
      asked.push(isRefused);
      return isRefused ? 'new' : 'old';
    });
    await expect.poll(() => told).toEqual(['1 unread', 'look again']);
    expect(asked).toEqual([false, true]);
  });

  test('end when the new token is refused as well', async () => {
    welcome = (socket) => {
      socket.emit('refused', refusal('unauthorized'));
      socket.disconnect(true);
    };
    const { told } = connect();
    await expect.poll(() => told).toEqual(['ended unauthorized']);
  });

  test('wait for a token that cannot be had yet', async () => {
    let asked = 0;
    const { told } = connect(async () => {
      asked += 1;
      if (asked === 1) throw new Error('offline');
      return 'token';
    });
    await expect.poll(() => told).toEqual(['look again']);
  });

  test('end with the session, and stay so (SPEC 7.5)', async () => {
    const { told } = connect();
    await expect.poll(() => told).toEqual(['look again']);
    personal().emit('goodbye', { reason: 'session_revoked' });
    await expect.poll(() => told).toEqual(['look again', 'ended unauthorized']);
    await expect.poll(async () => (await personal().fetchSockets()).length).toBe(0);
  });

  test('end when closed, twice as well as once', async () => {
    const { notifications, told } = connect();
    await expect.poll(() => told).toEqual(['look again']);
    notifications.close();
    notifications.close();
    expect(told).toEqual(['look again', 'ended undefined']);
    await expect.poll(async () => (await personal().fetchSockets()).length).toBe(0);
  });
});

describe('the list', () => {
  test('is asked for page by page, and tells how many are unread', async () => {
    const page = { items: [invitation], nextCursor: 'next', unreadCount: 7 };
    answer = () => ({ status: 200, body: page });
    const { notifications } = connect();
    const options = { cursor: 'a b', limit: 5, unread: true };
    expect(await notifications.list(options)).toEqual(page);
    expect(requests).toEqual(['GET /v1/notifications?cursor=a+b&limit=5&unread=true']);
  });

  test('is read, wholly or in part, and shortened', async () => {
    answer = (line) => (line.endsWith('n1/read') ? { status: 200, body: {} } : { status: 204 });
    const { notifications } = connect();
    await notifications.read('n1');
    await notifications.readAll();
    await notifications.remove('n1');
    expect(requests).toEqual([
      'POST /v1/notifications/n1/read',
      'POST /v1/notifications/read',
      'DELETE /v1/notifications/n1',
    ]);
  });

  test('is asked for once more with another token when one is too old', async () => {
    answer = (_line, bearer) =>
      bearer === 'Bearer new'
        ? { status: 204 }
        : { status: 401, body: { error: refusal('token_expired') } };
    const { notifications } = connect((isRefused) => (isRefused ? 'new' : 'old'));
    await notifications.readAll();
    expect(requests).toHaveLength(2);
  });

  test('fails as the server says', async () => {
    answer = () => ({ status: 404, body: { error: refusal('not_found') } });
    const { notifications } = connect();
    await expect(notifications.read('gone')).rejects.toMatchObject({ code: 'not_found' });
  });
});
