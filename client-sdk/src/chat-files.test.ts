import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatFiles } from './chat-files.ts';

let server: Server;
let files: ChatFiles;
let requests: string[];
let reply: { status: number; body: string };

beforeEach(async () => {
  requests = [];
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { authorization, 'content-type': type } = request.headers;
    const line = `${request.method} ${request.url} ${authorization}`;
    requests.push(type === undefined ? line : `${line} ${type} ${Buffer.concat(parts)}`);
    response.writeHead(reply.status).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let tokens = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below`;
  files = new ChatFiles(url, 'room-1', async (method) => {
    tokens += 1;
    return { token: `${method}-${tokens}`, tokenExpiresAt: '' } as never;
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const sent = { messageId: 'm1', kind: 'file' };

describe('a file of the chat', () => {
  test('is sent as it is, under its name, with a token of the room (SPEC 5.6)', async () => {
    reply = { status: 201, body: JSON.stringify(sent) };
    const file = new File(['bytes'], 'a & b.txt', { type: 'text/plain' });
    expect(await files.send(file)).toEqual(sent);
    const [line] = requests;
    expect(line).toMatch(
      /^PUT \/below\/v1\/rooms\/room-1\/files\/[0-9a-f-]{36}\?name=a\+%26\+b\.txt /,
    );
    expect(line).toMatch(/ Bearer room\.token-1 text\/plain bytes$/);
  });

  test('has a name and a type, whatever it is made of', async () => {
    reply = { status: 201, body: JSON.stringify(sent) };
    await files.send(new Blob(['x']));
    await files.send(new Blob(['x'], { type: 'image/png' }), { name: 'drawing.png' });
    expect(requests[0]).toMatch(/\?name=file .*application\/octet-stream x$/);
    expect(requests[1]).toMatch(/\?name=drawing\.png .*room\.token-2 image\/png x$/);
  });

  test('is fetched with its type (SPEC 5.7)', async () => {
    reply = { status: 200, body: 'bytes' };
    const blob = await files.get('m1');
    expect(await blob.text()).toBe('bytes');
    expect(requests).toEqual(['GET /below/v1/rooms/room-1/files/m1 Bearer room.token-1']);
  });

  test.each(['payload_too_large', 'unsupported_file_type'])('fails with %s', async (code) => {
    const error = { code, message: code, retryable: false };
    reply = { status: 413, body: JSON.stringify({ error }) };
    await expect(files.send(new Blob(['x']))).rejects.toMatchObject({ name: 'ServerError', code });
    await expect(files.get('m1')).rejects.toMatchObject({ name: 'ServerError', code });
  });

  test('is given up when asked', async () => {
    reply = { status: 200, body: '' };
    const signal = AbortSignal.abort();
    await expect(files.get('m1', { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
