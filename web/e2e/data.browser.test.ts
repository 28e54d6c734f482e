import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import { openSdkPage, type SdkWindow } from './harness/sdk-page.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';
import { workersOf } from './harness/workers.ts';

/** What a page notes of what comes to it. */
interface Notes {
  readonly messages: { from: string; kind: string; topic: string; text: string }[];
  readonly texts: { from: string; text: string; attributes: object }[];
  readonly files: object[];
}
type DataWindow = SdkWindow & { notes: Notes };

let server: TestServer;
let host: Awaited<ReturnType<typeof register>>;
let people: readonly [Person, Person, Person];
/** By name. */
let identities: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer();
  host = await register(server, 'Host');
  people = await Promise.all([openPerson(), openPerson(), openPerson()]);
});
afterAll(async () => {
  await Promise.all((people ?? []).map((person) => person.close()));
  await server?.close();
});

beforeEach(async () => {
  const { roomId } = await createRoom(server, host);
  const entries: [string, string][] = [];
  for (const [index, name] of ['Ada', 'Budi', 'Chidi'].entries()) {
    const page = people[index as 0].page;
    await openSdkPage(page, server);
    entries.push([name, await page.evaluate(join, [roomId, name] as const)]);
  }
  identities = Object.fromEntries(entries);
});

/** Runs in a page: listens, and then joins. */
async function join([roomId, name]: readonly [string, string]): Promise<string> {
  const scope = globalThis as DataWindow;
  const { sdk } = scope;
  const notes: Notes = { messages: [], texts: [], files: [] };
  scope.notes = notes;
  const room = new sdk.Room();
  room.on(sdk.RoomEvent.DataReceived, (payload, participant, kind, topic) => {
    const text = new TextDecoder().decode(payload);
    notes.messages.push({ from: participant?.name ?? '?', kind, topic, text });
  });
  room.registerTextStreamHandler('notes', async (reader, { identity }) => {
    const from = room.remoteParticipants.get(identity)?.name ?? '?';
    notes.texts.push({ from, text: await reader.readAll(), attributes: reader.info.attributes });
  });
  room.registerByteStreamHandler('files', async (reader, { identity }) => {
    const from = room.remoteParticipants.get(identity)?.name ?? '?';
    let progress: number | undefined;
    reader.onProgress = (now) => {
      progress = now;
    };
    try {
      const chunks = await reader.readAll();
      const digest = await crypto.subtle.digest('SHA-256', await new Blob(chunks).arrayBuffer());
      const hash = [...new Uint8Array(digest)].join();
      const { name, mimeType, size, attributes } = reader.info;
      notes.files.push({ from, name, mimeType, size, attributes, hash, progress });
    } catch (error) {
      notes.files.push({ from, error: (error as { code?: string }).code });
    }
  });
  const answer = await sdk.requestJoin(location.origin, roomId, { name });
  await room.connect(answer.url, answer.token, { joinInfo: answer });
  scope.room = room;
  return room.localParticipant.identity;
}

async function notesOf({ page }: Person): Promise<Notes> {
  return await page.evaluate(() => (globalThis as DataWindow).notes);
}

test('a thousand reliable messages reach everybody in order, and not their sender', async () => {
  const [ada, budi, chidi] = people;
  await ada.page.evaluate(async () => {
    const { localParticipant } = (globalThis as DataWindow).room;
    const sent = Array.from({ length: 1_000 }, (_, index) =>
      localParticipant.publishData(new TextEncoder().encode(`${index}`), {
        reliable: true,
        topic: 'count',
      }),
    );
    await Promise.all(sent);
  });
  const expected = Array.from({ length: 1_000 }, (_, index) => ({
    from: 'Ada',
    kind: 'reliable',
    topic: 'count',
    text: `${index}`,
  }));
  for (const person of [budi, chidi]) {
    await expect.poll(async () => (await notesOf(person)).messages.length).toBe(1_000);
    expect((await notesOf(person)).messages).toEqual(expected);
  }
  expect((await notesOf(ada)).messages).toEqual([]);
});

test('messages for one person arrive there only, and lossy ones when the way is open', async () => {
  const [ada, budi, chidi] = people;
  const say = (text: string, options: object) =>
    ada.page.evaluate(
      ([said, how]) => {
        const { localParticipant } = (globalThis as DataWindow).room;
        return localParticipant.publishData(new TextEncoder().encode(said), how);
      },
      [text, options] as const,
    );
  const has = async (person: Person, kind: string, text: string) =>
    (await notesOf(person)).messages.some((one) => one.kind === kind && one.text === text);

  const destinationIdentities = [identities['Budi']];
  await say('for Budi', { reliable: true, destinationIdentities });
  await say('for nobody', { reliable: true, destinationIdentities: ['nobody'] });
  await say('for all', { reliable: true });
  for (const person of [budi, chidi]) {
    await expect.poll(() => has(person, 'reliable', 'for all')).toBe(true);
  }
  // What is lossy may get lost, and does while channels open: it is said until it is heard.
  const sayUntilHeard = async (listener: Person, text: string, options: object) => {
    await say(text, { topic: 'cursor', ...options });
    return await has(listener, 'lossy', text);
  };
  const toBudi = { destinationIdentities };
  await expect.poll(() => sayUntilHeard(budi, 'lossy for Budi', toBudi)).toBe(true);
  await expect.poll(() => sayUntilHeard(chidi, 'lossy for all', {})).toBe(true);

  const { messages } = await notesOf(chidi);
  expect(new Set(messages.map(({ text }) => text))).toEqual(new Set(['for all', 'lossy for all']));
  expect(messages.at(-1)).toEqual({
    from: 'Ada',
    kind: 'lossy',
    topic: 'cursor',
    text: 'lossy for all',
  });
  expect((await notesOf(budi)).messages.slice(0, 2)).toMatchObject([
    { kind: 'reliable', text: 'for Budi' },
    { kind: 'reliable', text: 'for all' },
  ]);
});

test('what somebody sends as they come reaches who listened before joining', async () => {
  const [ada, budi] = people;
  await budi.page.evaluate(async () => {
    const { room } = globalThis as DataWindow;
    await room.localParticipant.publishData(new TextEncoder().encode('I am here'), {
      reliable: true,
    });
  });
  await expect
    .poll(async () => (await notesOf(ada)).messages)
    .toEqual([{ from: 'Budi', kind: 'reliable', topic: '', text: 'I am here' }]);
});

test('a text reaches the handler of its topic', async () => {
  const [ada, budi, chidi] = people;
  await ada.page.evaluate(async (chidiId) => {
    const { localParticipant } = (globalThis as DataWindow).room;
    await localParticipant.sendText('elsewhere', { topic: 'other' });
    await localParticipant.sendText('for Chidi', {
      topic: 'notes',
      destinationIdentities: [chidiId],
    });
    await localParticipant.sendText('for all', { topic: 'notes', attributes: { mood: 'good' } });
  }, identities['Chidi'] ?? '');
  await expect
    .poll(async () => (await notesOf(chidi)).texts)
    .toEqual([
      { from: 'Ada', text: 'for Chidi', attributes: {} },
      { from: 'Ada', text: 'for all', attributes: { mood: 'good' } },
    ]);
  expect((await notesOf(budi)).texts).toMatchObject([{ text: 'for all' }]);
  expect((await notesOf(ada)).texts).toEqual([]);
});

test('a file of 5 MB arrives with the same bytes, and both sides see how far it is', async () => {
  const [ada, budi, chidi] = people;
  const sent = await ada.page.evaluate(async () => {
    const { localParticipant } = (globalThis as DataWindow).room;
    const bytes = new Uint8Array(5_000_000);
    for (let at = 0; at < bytes.length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    const steps: number[] = [];
    const begun = performance.now();
    await localParticipant.sendFile(new File([bytes], 'noise.bin', { type: 'audio/noise' }), {
      topic: 'files',
      attributes: { colour: 'white' },
      onProgress: (progress) => steps.push(progress),
    });
    const digest = await crypto.subtle.digest('SHA-256', bytes);
    const hash = [...new Uint8Array(digest)].join();
    const isRising = steps.every((step, index) => step > (steps[index - 1] ?? 0));
    return { hash, isRising, last: steps.at(-1), tookMs: performance.now() - begun };
  });
  expect(sent).toMatchObject({ isRising: true, last: 1 });
  for (const person of [budi, chidi]) {
    await expect
      .poll(async () => (await notesOf(person)).files)
      .toEqual([
        {
          from: 'Ada',
          name: 'noise.bin',
          mimeType: 'audio/noise',
          size: 5_000_000,
          attributes: { colour: 'white' },
          hash: sent.hash,
          progress: 1,
        },
      ]);
  }
});

test('a stream ends with an error when its sender leaves or gives up', async () => {
  const [ada, budi, chidi] = people;
  for (const { page } of [ada, chidi]) {
    await page.evaluate(async () => {
      const { localParticipant } = (globalThis as DataWindow).room;
      const writer = await localParticipant.streamBytes({ topic: 'files', name: 'half' });
      await writer.write(new Uint8Array(100_000));
      Object.assign(globalThis, { writer });
    });
  }
  await chidi.page.evaluate(() =>
    (globalThis as never as { writer: { abort(): void } }).writer.abort(),
  );
  await expect
    .poll(async () => (await notesOf(budi)).files)
    .toEqual([{ from: 'Chidi', error: 'stream_interrupted' }]);
  await ada.page.evaluate(() => (globalThis as DataWindow).room.disconnect());
  await expect
    .poll(async () => (await notesOf(budi)).files)
    .toEqual([
      { from: 'Chidi', error: 'stream_interrupted' },
      { from: 'Ada', error: 'stream_interrupted' },
    ]);
});

test('calls bring back what methods answer, and each failure has its code', async () => {
  const [ada, budi, chidi] = people;
  await budi.page.evaluate(() => {
    const { room, sdk } = globalThis as DataWindow;
    room.registerRpcMethod('double', async ({ payload }) => String(Number(payload) * 2));
    room.registerRpcMethod('refuse', async () => {
      throw new sdk.RpcError(42, 'not today', 'tomorrow');
    });
    room.registerRpcMethod('break', async () => {
      throw new Error('a fault that is nobody’s business');
    });
    room.registerRpcMethod('flood', async () => 'x'.repeat(20_000));
    room.registerRpcMethod('sleep', () => new Promise(() => undefined));
  });
  await chidi.page.evaluate(() => {
    const { room } = globalThis as DataWindow;
    room.registerRpcMethod('leave', () => {
      void room.disconnect();
      return new Promise(() => undefined);
    });
  });
  const outcomes = await ada.page.evaluate(
    async ([budiId, chidiId]) => {
      const { localParticipant } = (globalThis as DataWindow).room;
      const call = async (destinationIdentity: string, method: string, payload = '21') => {
        try {
          return await localParticipant.performRpc({
            destinationIdentity,
            method,
            payload,
            responseTimeout: method === 'sleep' ? 300 : 5_000,
          });
        } catch (error) {
          const { name, code, data, message } = error as Error & { code: number; data?: string };
          return [name, code, ...(code < 1_000 ? [message, data] : [])];
        }
      };
      return {
        double: await call(budiId, 'double'),
        refuse: await call(budiId, 'refuse'),
        break: await call(budiId, 'break'),
        flood: await call(budiId, 'flood'),
        sleep: await call(budiId, 'sleep'),
        unknown: await call(budiId, 'unknown'),
        nobody: await call('nobody', 'double'),
        large: await call(budiId, 'double', 'x'.repeat(20_000)),
        leave: await call(chidiId, 'leave'),
      };
    },
    [identities['Budi'] ?? '', identities['Chidi'] ?? ''] as const,
  );
  expect(outcomes).toEqual({
    double: '42',
    refuse: ['RpcError', 42, 'not today', 'tomorrow'],
    break: ['RpcError', 1500],
    flood: ['RpcError', 1504],
    sleep: ['RpcError', 1502],
    unknown: ['RpcError', 1400],
    nobody: ['RpcError', 1401],
    large: ['RpcError', 1402],
    leave: ['RpcError', 1503],
  });
});

test('data flows again after a room was lost and joined anew', async () => {
  const [ada, budi] = people;
  const say = (text: string) =>
    ada.page.evaluate(async (said) => {
      const { localParticipant } = (globalThis as DataWindow).room;
      await localParticipant.publishData(new TextEncoder().encode(said), { reliable: true });
    }, text);
  await say('before');
  await expect.poll(async () => (await notesOf(budi)).messages.length).toBe(1);
  const isBack = Promise.all(
    people.map(({ page }) =>
      page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            (globalThis as DataWindow).room.once('reconnected', resolve);
          }),
      ),
    ),
  );
  // Both listeners are in place once the pages have answered something else.
  await Promise.all(people.map(({ page }) => page.evaluate(() => undefined)));
  for (const pid of workersOf(server)) process.kill(pid, 'SIGKILL');
  await isBack;
  await expect
    .poll(() => ada.page.evaluate(() => (globalThis as DataWindow).room.remoteParticipants.size))
    .toBe(2);
  await say('after');
  await expect
    .poll(async () => (await notesOf(budi)).messages.map(({ from, text }) => `${from}: ${text}`))
    .toEqual(['Ada: before', 'Ada: after']);
}, 60_000);
