import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { assertKeySetUrl, fetchKeySet } from './fetch-key-set.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of this machine; how often it was asked. */
async function serve(answer: RequestListener): Promise<{ url: string; count: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/keys`, count: () => asked };
}

const here = { allowsLoopback: true };
const nowhere = { allowsLoopback: false };

describe('where keys are read from', () => {
  test.each(['https://app.example.org/.well-known/jwks.json', 'https://8.8.8.8:8443/keys'])(
    '%s may be one',
    (url) => {
      expect(() => assertKeySetUrl(url, nowhere)).not.toThrow();
    },
  );

  test.each([
    'http://app.example.org/keys',
    'ftp://app.example.org/keys',
    'file:///etc/passwd',
    'https://user:secret@app.example.org/keys',
    'https://localhost/keys',
    'http://127.0.0.1/keys',
    'https://127.0.0.1/keys',
    // As URLs write it in other ways.
    'https://127.1/keys',
    'https://2130706433/keys',
    'https://0x7f.0.0.1/keys',
    'https://[::1]/keys',
    'https://[::ffff:127.0.0.1]/keys',
    'https://[::ffff:10.0.0.1]/keys',
    'https://10.0.0.1/keys',
    'https://192.168.0.1/keys',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/latest',
    'https://0.0.0.0/keys',
    `https://app.example.org/${'x'.repeat(2_048)}`,
    'app.example.org',
    '',
  ])('%s is none', async (url) => {
    expect(() => assertKeySetUrl(url, nowhere)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    // Nor are they read where the check was passed by: what is stored may be older than the rule.
    await expect(fetchKeySet(url, nowhere)).rejects.toThrow('The URL of the keys');
  });

  test('the machine itself is one where the operator says so, and its network is none even then', () => {
    for (const url of ['http://127.0.0.1:3000/keys', 'https://localhost/keys', 'http://[::1]/k']) {
      expect(() => assertKeySetUrl(url, here)).not.toThrow();
    }
    for (const url of ['http://10.0.0.1/keys', 'https://10.0.0.1/keys', 'http://a.example/keys']) {
      expect(() => assertKeySetUrl(url, here)).toThrow();
    }
  });
});

describe('reading keys', () => {
  test('gives the JSON that is there', async () => {
    const { url } = await serve((_request, response) => response.end('{"keys":[]}'));
    expect(await fetchKeySet(url, here)).toEqual({ keys: [] });
    // By a name, too, which is looked up.
    const byName = url.replace('127.0.0.1', 'localhost');
    expect(await fetchKeySet(byName, here)).toEqual({ keys: [] });
  });

  test('asks nothing of this machine unless the operator allows it', async () => {
    const { url, count } = await serve((_request, response) => response.end('{"keys":[]}'));
    await expect(fetchKeySet(url, nowhere)).rejects.toThrow();
    expect(count()).toBe(0);
  });

  test('follows no redirect', async () => {
    const secret = await serve((_request, response) => response.end('{"keys":[]}'));
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { location: secret.url });
      response.end();
    });
    await expect(fetchKeySet(url, here)).rejects.toThrow('302');
    expect(secret.count()).toBe(0);
  });

  test('a name that leads into the own network is looked up, and not asked', async () => {
    // Every machine has this name for itself; as one of the internet it does not pass.
    await expect(
      fetchKeySet('https://localhost.:1/keys', { allowsLoopback: false }),
    ).rejects.toThrow(/leads where no keys are read from|has no address|ENOTFOUND|EAI_AGAIN/);
  });

  test('takes no more than 64 KiB, and no longer than 3 s', async () => {
    const large = await serve((_request, response) => response.end(`"${'x'.repeat(70_000)}"`));
    await expect(fetchKeySet(large.url, here)).rejects.toThrow('65536');
    const slow = await serve((_request, response) => {
      response.writeHead(200);
      response.write('{');
    });
    const begunAt = performance.now();
    await expect(fetchKeySet(slow.url, here)).rejects.toThrow();
    expect(performance.now() - begunAt).toBeLessThan(10_000);
  });

  test('fails for what is no JSON', async () => {
    const { url } = await serve((_request, response) => response.end('<html>'));
    await expect(fetchKeySet(url, here)).rejects.toThrow(SyntaxError);
  });
});
