import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import {
  type Inbound,
  inboundOf,
  joinWithSdk,
  outboundOf,
  publishPainting,
  type SdkWindow,
  waitUntil,
} from './harness/sdk-page.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

let server: TestServer;
let host: Account;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  server = await startTestServer();
  host = await register(server, 'Host');
  [ada, budi] = await Promise.all([openPerson(), openPerson()]);
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** Gives the element that shows Ada another style. */
async function style(css: string): Promise<void> {
  await budi.page.evaluate((css) => {
    const video = document.querySelector('video');
    if (video === null) throw new Error('nothing is shown');
    video.style.cssText = css;
  }, css);
}

const size = (width: number, height: number) =>
  style(`display:block;width:${width}px;height:${height}px`);

const received = () => inboundOf(budi.page, 'Ada');

async function waitForWidth(width: number): Promise<Inbound & { tookMs: number }> {
  return await waitUntil(`Budi gets ${width} pixels`, received, (now) => now.width === width);
}

/** Waits until nothing came for a second. */
async function waitForSilence(): Promise<{ tookMs: number }> {
  let [bytes, since] = [-1, 0];
  return await waitUntil('nothing is received', received, ({ bytesReceived }) => {
    if (bytesReceived !== bytes) [bytes, since] = [bytesReceived, performance.now()];
    return performance.now() - since > 1_000;
  });
}

async function waitForMore(): Promise<{ tookMs: number }> {
  const { framesDecoded } = await received();
  return await waitUntil('frames come', received, (now) => now.framesDecoded > framesDecoded);
}

/** What a viewer may ask for. */
type Ask = 'enable' | 'disable' | 'subscribe' | 'unsubscribe' | 'low' | 'high';

/** Asks for something of what Ada publishes. */
async function ask(what: Ask): Promise<void> {
  await budi.page.evaluate((what) => {
    const { room, sdk } = globalThis as SdkWindow;
    const [publisher] = room.remoteParticipants.values();
    const publication = publisher?.getTrackPublication('camera');
    if (publication === undefined) throw new Error('nothing is published');
    if (what === 'low') publication.setVideoQuality(sdk.VideoQuality.LOW);
    else if (what === 'high') publication.setVideoQuality(sdk.VideoQuality.HIGH);
    else if (what === 'enable' || what === 'disable') publication.setEnabled(what === 'enable');
    else publication.setSubscribed(what === 'subscribe');
  }, what);
}

const sent = () => outboundOf(ada.page);

async function join(options: Parameters<typeof joinWithSdk>[4] = {}): Promise<void> {
  const { roomId } = await createRoom(server, host);
  await joinWithSdk(ada.page, server, roomId, 'Ada');
  await joinWithSdk(budi.page, server, roomId, 'Budi', options);
}

/** The page has room for the largest picture. */
const WINDOW = { width: 1300, height: 800 };

describe('who shows a camera', () => {
  beforeAll(async () => {
    await join();
    await budi.page.setViewportSize(WINDOW);
    await publishPainting(ada.page);
    await waitForMore();
  });

  test('gets a size that suits the element, as that is made smaller and larger (SPEC 9.2)', async () => {
    await size(1280, 720);
    await waitForWidth(1280);
    await size(160, 90);
    await waitForWidth(320);
    await size(480, 270);
    await waitForWidth(640);
    await size(1280, 720);
    await waitForWidth(1280);
  });

  test.each([
    ['that is not displayed', 'display:none'],
    ['below the window', 'position:absolute;top:5000px;width:640px;height:360px'],
  ])(
    'gets nothing for an element %s, and all of it once it is seen (SPEC 9.1)',
    async (_, hidden) => {
      await style(hidden);
      await waitForSilence();
      await size(640, 360);
      expect((await waitForMore()).tookMs).toBeLessThan(1_000);
    },
  );

  test('keeps its publisher from encoding what nobody receives (SPEC 9.4)', async () => {
    await size(1280, 720);
    await waitForWidth(1280);
    await size(160, 90);
    const small = await waitUntil('only the smallest is encoded', sent, (layers) =>
      layers.every(({ isActive, rid }) => isActive === (rid === 'r0')),
    );
    expect(small.tookMs).toBeLessThan(5_000);
    const encoded = (await sent()).at(-1)?.framesEncoded ?? 0;
    await size(1280, 720);
    const large = await waitUntil(
      'the largest is encoded again',
      sent,
      (layers) => (layers.at(-1)?.framesEncoded ?? 0) > encoded,
    );
    expect(large.tookMs).toBeLessThan(1_000);
    await waitForWidth(1280);

    await style('display:none');
    const none = await waitUntil('nothing is encoded', sent, (layers) =>
      layers.every(({ isActive }) => !isActive),
    );
    expect(none.tookMs).toBeLessThan(5_000);
    await size(1280, 720);
    expect((await waitForMore()).tookMs).toBeLessThan(1_000);
  });

  test('may want less than is on screen, nothing for a while, or nothing at all', async () => {
    await size(1280, 720);
    await waitForWidth(1280);
    await ask('low');
    await waitForWidth(320);
    await ask('high');
    await waitForWidth(1280);
    await ask('disable');
    await waitForSilence();
    await ask('enable');
    await waitForMore();
    await ask('unsubscribe');
    await budi.page.locator('video').waitFor({ state: 'detached' });
    await ask('subscribe');
    await budi.page.locator('video').waitFor();
    await waitForMore();
  });
});

test.each(['vp9', 'av1'] as const)(
  'a publisher of %s makes fewer layers while small pictures do',
  async (videoCodec) => {
    await join();
    await budi.page.setViewportSize(WINDOW);
    await publishPainting(ada.page, { videoCodec });
    await waitForMore();
    await size(1280, 720);
    await waitForWidth(1280);
    await size(160, 90);
    const small = await waitUntil(
      'one small layer is encoded',
      sent,
      ([stream]) => stream?.width === 320,
    );
    expect(small.tookMs).toBeLessThan(5_000);
    await waitForWidth(320);
    await waitForMore();
    await size(1280, 720);
    const large = await waitUntil('all are encoded', sent, ([stream]) => stream?.width === 1280);
    expect(large.tookMs).toBeLessThan(1_000);
    await waitForWidth(1280);
    await waitForMore();
  },
);
