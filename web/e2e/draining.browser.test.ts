import { randomUUID } from 'node:crypto';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerProcess, spawnServer } from '../../server/test/server-process.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { joinWithSdk, publishPainting, type SdkWindow, waitUntil } from './harness/sdk-page.ts';
import { signIn } from './harness/sign-in.ts';
import {
  type Account,
  createRoom,
  makeAdmin,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

/** Of what is seen while people are moved, beyond what is between two pictures anyway. */
const LONGEST_PAUSE_MS = 200;
/** Of the painting. */
const PICTURE_MS = 1_000 / 15;
/** More than this is not between two pictures of one stream. */
const MAX_PASSED_MS = 5_000;
const NODE_KEY = randomUUID();

interface Shown {
  /** When it came from the network. */
  readonly at: number;
  /** How many were shown, with this one. */
  readonly pictures: number;
  /** When it was made, on its sender's clock: another one in each stream. */
  readonly madeAt: number;
}

interface PictureFacts {
  readonly presentedFrames: number;
  readonly receiveTime?: number;
  /** In 1/90,000 s. */
  readonly rtpTimestamp?: number;
}

type Watched = SdkWindow & {
  /** The pictures that were shown, by element. */
  shown: Record<string, Shown[]>;
  /** What happened to people and tracks since. */
  told: string[];
  texts: string[];
  data: string[];
};

let server: TestServer;
let admin: Account;
let roomId: string;
const nodes = new Map<string, ServerProcess>();
const people: Person[] = [];
let operator: Person;
const NAMES = ['Ada', 'Budi', 'Cora'] as const;

async function startNode(nodeId: string): Promise<void> {
  const node = spawnServer({
    BALAI_ROLE: 'media',
    BALAI_NODE_KEY: NODE_KEY,
    BALAI_NODE_ID: nodeId,
    BALAI_CONTROL_URLS: server.url.replace('localhost', '127.0.0.1'),
    BALAI_HOST: '127.0.0.1',
    BALAI_PIPE_LISTEN_IP: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    PORT: '0',
  });
  nodes.set(nodeId, node);
  await node.ready;
  await waitUntil(
    `${nodeId} is there`,
    async () => ({ nodes: await listNodes() }),
    ({ nodes }) => nodes.some(({ id }) => id === nodeId),
  );
}

interface ListedNode {
  readonly id: string;
  readonly participants: number;
}

async function listNodes(): Promise<readonly ListedNode[]> {
  const answer = await fetch(`${server.url}/v1/admin/nodes`, {
    headers: { authorization: `Bearer ${admin.accessToken}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as readonly ListedNode[];
}

/** A node on the page for administrators. */
function nodeOnPage(nodeId: string): Locator {
  const list = operator.page.getByRole('list', { name: 'Media nodes' });
  return list
    .getByRole('listitem')
    .filter({ has: operator.page.getByRole('heading', { name: nodeId }) });
}

async function drainOnPage(nodeId: string): Promise<void> {
  await nodeOnPage(nodeId).getByRole('button', { name: 'Drain' }).click();
  await operator.page.getByRole('button', { name: 'Drain node' }).click();
}

beforeAll(async () => {
  server = await startTestServer({ BALAI_ROLE: 'control', BALAI_NODE_KEY: NODE_KEY });
  admin = await register(server, 'Odo');
  await makeAdmin(server, admin);
  await startNode('first');
  operator = await openPerson();
  await signIn(operator.page, server, admin);
  await operator.page.getByRole('link', { name: 'Nodes' }).click();
  ({ roomId } = await createRoom(server, admin));
  for (const name of NAMES) {
    const person = await openPerson();
    people.push(person);
    await joinWithSdk(person.page, server, roomId, name);
  }
  await Promise.all(
    people.map(({ page }) =>
      publishPainting(page, { simulcast: false }, { width: 320, height: 180 }),
    ),
  );
});
afterAll(async () => {
  await operator?.close();
  await Promise.all(people.map((person) => person.close()));
  await Promise.all([...nodes.values()].map((node) => node.kill()));
  await server?.close();
});

/** Notes from now on what each page is shown and told. */
async function watch({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    const scope = globalThis as Watched;
    const { room } = scope;
    scope.shown = {};
    scope.told = [];
    scope.texts = [];
    scope.data = [];
    for (const video of document.querySelectorAll('video')) {
      const shown: Shown[] = [];
      scope.shown[video.id] = shown;
      const onFrame = (now: number, facts: PictureFacts) => {
        const { presentedFrames: pictures, receiveTime: at = now, rtpTimestamp = 0 } = facts;
        shown.push({ at, pictures, madeAt: rtpTimestamp / 90 });
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    }
    for (const event of [
      'participantConnected',
      'participantDisconnected',
      'trackPublished',
      'trackUnpublished',
      'trackSubscribed',
      'trackUnsubscribed',
      'localTrackPublished',
      'localTrackUnpublished',
      'reconnecting',
      'signalReconnecting',
      'disconnected',
      'dataInterrupted',
    ] as const) {
      room.on(event, () => scope.told.push(event));
    }
    room.on('chatMessage', ({ text }) => scope.texts.push(text ?? ''));
    room.on('dataReceived', (payload) => scope.data.push(new TextDecoder().decode(payload)));
  });
}

/**
 * Without a new picture, in milliseconds. Those that were shown while the page was too busy to notice
 * count as shown evenly, and what a sender was late with on a busy machine does not count.
 */
function longestPause(shown: readonly Shown[]): number {
  const pauses = shown.slice(1).map((picture, place) => {
    const before = shown[place] ?? picture;
    const pictures = Math.max(1, picture.pictures - before.pictures);
    const passed = (picture.madeAt - before.madeAt) / pictures;
    const isSameStream = passed > 0 && passed < MAX_PASSED_MS;
    const late = isSameStream ? Math.max(0, passed - PICTURE_MS) : 0;
    return (picture.at - before.at) / pictures - late;
  });
  return Math.max(...pauses);
}

const shownBy = ({ page }: Person) => page.evaluate(() => (globalThis as Watched).shown);
const sidsOf = ({ page }: Person) =>
  page.evaluate(() =>
    [...(globalThis as Watched).room.remoteParticipants.values()].flatMap((one) =>
      one.getTrackPublications().map(({ trackSid }) => trackSid),
    ),
  );

test('people are moved off a drained node while they see, hear and read on, and the node leaves (SPEC 19.1, 19.2, 19.4)', async () => {
  for (const person of people) {
    await waitUntil(
      'everybody is seen',
      () =>
        person.page.evaluate(() => ({
          playing: [...document.querySelectorAll('video')].filter(
            ({ videoWidth, paused }) => videoWidth > 0 && !paused,
          ).length,
        })),
      ({ playing }) => playing === 2,
    );
    await watch(person);
  }
  const before = await Promise.all(people.map(sidsOf));
  await startNode('second');
  await nodeOnPage('second').getByText('0 people in 0 rooms').waitFor();

  /** Each text once: in the chat as fast as people may write, and as data. */
  const chatted: string[] = [];
  const sent: string[] = [];
  let failure: unknown;
  const saying = setInterval(() => {
    const text = `message ${sent.length + 1}`;
    sent.push(text);
    const isChat = sent.length % 10 === 0;
    if (isChat) chatted.push(text);
    people[0]?.page
      .evaluate(
        async ([text, isChat]) => {
          const { room } = globalThis as Watched;
          const payload = new TextEncoder().encode(text);
          await Promise.all([
            room.localParticipant.publishData(payload, { reliable: true }),
            isChat ? room.sendChatMessage(text) : undefined,
          ]);
        },
        [text, isChat] as const,
      )
      .catch((error: unknown) => {
        failure ??= error;
      });
  }, 100);
  await drainOnPage('first');
  expect(await nodes.get('first')?.exited).toBe(0);
  clearInterval(saying);
  expect(failure).toBeUndefined();
  await expect.poll(listNodes).toMatchObject([{ id: 'second', participants: 3 }]);
  await nodeOnPage('second').getByText('3 people in 1 room').waitFor();
  await nodeOnPage('first').waitFor({ state: 'detached' });
  await takePicture(operator.page, 'nodes-drained');

  for (const person of people.slice(1)) {
    const heard = () =>
      person.page.evaluate(() => {
        const { texts, data } = globalThis as Watched;
        return { texts, data };
      });
    await expect.poll(heard).toEqual({ texts: chatted, data: sent });
  }
  const pauses: number[] = [];
  for (const [index, person] of people.entries()) {
    const after = await sidsOf(person);
    expect(after).toHaveLength(2);
    expect(after.filter((sid) => before[index]?.includes(sid))).toEqual([]);
    for (const [element, shown] of Object.entries(await shownBy(person))) {
      const last = shown.at(-1)?.at ?? 0;
      pauses.push(longestPause(shown));
      // It goes on.
      await waitUntil(
        `${element} is shown`,
        async () => ({ latest: (await shownBy(person))[element]?.at(-1)?.at ?? 0 }),
        ({ latest }) => latest > last,
      );
    }
    expect(await person.page.evaluate(() => (globalThis as Watched).told)).toEqual([]);
  }
  console.info(
    `3 people moved, ${sent.length} messages arrived; longest pauses of 6 pictures: ${pauses.map((ms) => Math.round(ms)).join(', ')} ms`,
  );
  expect(Math.max(...pauses)).toBeLessThan(LONGEST_PAUSE_MS + PICTURE_MS);
});
