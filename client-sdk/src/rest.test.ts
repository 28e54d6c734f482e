import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestJoin, requestJoinInfo } from './rest.ts';

const joinAnswer = {
  url: 'https://meet.example.org',
  iceServers: [],
  routerCapabilities: { codecs: [], headerExtensions: [] },
  token: 'room token',
};

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

let server: Server;
let url: string;
let handle: Handler;

beforeEach(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => handle(request, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function answer(status: number, body: unknown): Handler {
  return (_request, _body, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

describe('requestJoin', () => {
  test('sends name, password and access token, each only if there is one', async () => {
    const requests: unknown[] = [];
    handle = (request, body, response) => {
      requests.push([request.method, request.url, request.headers.authorization, JSON.parse(body)]);
      answer(200, joinAnswer)(request, body, response);
    };
    await requestJoin(url, 'a room', { name: 'Ann', password: 'secret', accessToken: 'jwt' });
    expect(await requestJoin(`${url}/`, 'b')).toEqual(joinAnswer);
    expect(requests).toEqual([
      ['POST', '/v1/rooms/a%20room/join', 'Bearer jwt', { name: 'Ann', password: 'secret' }],
      ['POST', '/v1/rooms/b/join', undefined, {}],
    ]);
  });

  test.each([
    [403, 'wrong_room_password'],
    [409, 'room_full'],
    [410, 'room_ended'],
    [404, 'room_not_found'],
  ])('fails with the code of the server: %i %s (SPEC 6.1)', async (status, code) => {
    handle = answer(status, { error: { code, message: 'no', retryable: false } });
    await expect(requestJoin(url, 'r')).rejects.toMatchObject({ name: 'ServerError', code });
  });

  test.each([
    ['a page of a proxy', answer(502, '<html>bad gateway</html>')],
    ['an error of another kind', answer(500, { oops: true })],
    ['something else', answer(200, { hello: 'world' })],
    ['nothing', answer(204, '')],
  ])('says so if %s answers', async (_, handler) => {
    handle = handler;
    await expect(requestJoin(url, 'r')).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'invalid_answer',
    });
  });

  test('has a deadline', async () => {
    handle = () => undefined;
    await expect(requestJoin(url, 'r', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'request_timeout',
    });
  });

  test('can be given up', async () => {
    const controller = new AbortController();
    handle = () => controller.abort();
    await expect(requestJoin(url, 'r', { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('says so if no server can be reached, or the URL is none', async () => {
    server.close();
    await expect(requestJoin(url, 'r')).rejects.toMatchObject({ code: 'connection_failed' });
    await expect(requestJoin('meet example', 'r')).rejects.toMatchObject({
      code: 'connection_failed',
      message: '"meet example" is not a URL.',
    });
  });
});

test('requestJoinInfo asks with the room token (SPEC 1.1)', async () => {
  handle = (request, body, response) => {
    expect(request.url).toBe('/v1/join-info');
    expect(request.headers.authorization).toBe('Bearer room token');
    const { token, ...info } = joinAnswer;
    answer(200, info)(request, body, response);
  };
  expect(await requestJoinInfo(url, 'room token')).toMatchObject({ url: joinAnswer.url });
});
