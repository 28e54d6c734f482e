import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import {
  inboundOf,
  joinWithSdk,
  outboundOf,
  publishPainting,
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

/** Whether this build of Chromium encodes it: H264 is not in all of them. */
async function canEncode(codec: string): Promise<boolean> {
  return await ada.page.evaluate((mimeType) => {
    const { codecs } = RTCRtpSender.getCapabilities('video') ?? { codecs: [] };
    return codecs.some((one) => one.mimeType.toLowerCase() === mimeType);
  }, `video/${codec}`);
}

/** Both join a new room; Ada publishes. Budi wants the best there is. */
async function publishTo(options: Parameters<typeof publishPainting>[1]): Promise<void> {
  const { roomId } = await createRoom(server, host);
  await joinWithSdk(ada.page, server, roomId, 'Ada');
  await joinWithSdk(budi.page, server, roomId, 'Budi', { adaptiveStream: false });
  await publishPainting(ada.page, options);
}

async function waitForBestPicture(): Promise<void> {
  const { framesDecoded } = await waitUntil(
    'Budi gets the largest picture',
    () => inboundOf(budi.page, 'Ada'),
    ({ width, height }) => width === 1280 && height === 720,
  );
  await waitUntil(
    'it moves',
    () => inboundOf(budi.page, 'Ada'),
    (inbound) => inbound.framesDecoded > framesDecoded + 20,
  );
}

test.for(['vp8', 'h264'] as const)('%s is sent in three sizes', async (codec, { task, skip }) => {
  await ada.page.goto(server.url);
  if (codec === 'h264' && !(await canEncode(codec))) {
    // That the server forwards it in three sizes is shown with made-up streams.
    task.meta.missing = 'a Chromium that encodes H264';
    skip(task.meta.missing);
  }
  await publishTo({ videoCodec: codec });
  await waitForBestPicture();
  const sent = await outboundOf(ada.page);
  expect(sent.map(({ rid, mimeType, height }) => [rid, mimeType.toLowerCase(), height])).toEqual([
    ['r0', `video/${codec}`, 180],
    ['r1', `video/${codec}`, 360],
    ['r2', `video/${codec}`, 720],
  ]);
});

test.each(['vp9', 'av1'] as const)('%s is sent in three layers of one stream', async (codec) => {
  await publishTo({ videoCodec: codec });
  await waitForBestPicture();
  const sent = await outboundOf(ada.page);
  expect(
    sent.map(({ mimeType, scalabilityMode }) => [mimeType.toLowerCase(), scalabilityMode]),
  ).toEqual([[`video/${codec}`, 'L3T3_KEY']]);
});
