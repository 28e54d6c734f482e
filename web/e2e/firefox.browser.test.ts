import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../server/test/cuttable-proxy.ts';
import { FIREFOX_VOICE_HZ, type FirefoxPerson, openFirefox } from './harness/firefox.ts';
import { waitForVoice } from './harness/hearing.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import {
  inboundOf,
  joinWithSdk,
  outboundOf,
  publishPainting,
  type SdkPage,
  type SdkWindow,
  waitUntil,
} from './harness/sdk-page.ts';
import { hueDistance, identityOf, pictureOf, tileOf, waitForFrames } from './harness/seeing.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

const { ada: ADA } = LIKENESSES;

let server: TestServer;
let host: Account;
/** At Chromium. */
let ada: Person;
/** At Firefox. */
let fumi: FirefoxPerson;

beforeAll(async () => {
  server = await startTestServer();
  host = await register(server, 'Host');
  [ada, fumi] = await Promise.all([openPerson({ likeness: ADA }), openFirefox()]);
  await ada.page.setViewportSize({ width: 1300, height: 800 });
});
afterAll(async () => {
  await Promise.all([ada?.close(), fumi?.close()]);
  await server?.close();
});

test('Firefox and Chromium see each other in the app, and Firefox is heard', async () => {
  const { link } = await createRoom(server, host);
  await joinAsGuest(ada, link, 'Ada');
  await fumi.page.goto(link);
  await fumi.page.locator('input[name=name]').fill('Fumi');
  await fumi.page.locator('form button[type=submit]').click();
  const ownTile = '[data-testid="tile"][data-local][data-source="camera"]';
  await fumi.page.waitForSelector(ownTile);
  const fumisIdentity = await fumi.page.$eval(ownTile, (tile) =>
    tile.getAttribute('data-identity'),
  );
  const adasIdentity = await identityOf(ada.page);
  if (fumisIdentity === null) throw new Error('the page has no tile of its own');

  await waitForFrames(tileOf(ada.page, fumisIdentity), 12);
  await waitForVoice(ada.page, fumisIdentity, FIREFOX_VOICE_HZ);

  const adasVideo = `[data-testid="tile"][data-identity="${adasIdentity}"] video`;
  await fumi.page.waitForSelector(adasVideo);
  await waitUntil(
    'Firefox shows Ada',
    () => fumi.page.$eval(adasVideo, framesOf),
    ({ frames }) => frames > 12,
  );
  const seen = await fumi.page.$eval(adasVideo, pictureOf);
  expect(seen.contrast).toBeGreaterThan(15);
  expect(hueDistance(seen.cornerHue, ADA.portrait.hue)).toBeLessThan(30);

  // Off closes the device, on opens it anew: it comes in the same place.
  const tile = tileOf(ada.page, fumisIdentity);
  await fumi.page.locator('button[aria-label="Turn camera off"]').click();
  await tile.locator('video').waitFor({ state: 'detached' });
  await fumi.page.locator('button[aria-label="Turn camera on"]').click();
  await waitForFrames(tile, 6);
});

/** To run in a page: how many frames a video has shown. Firefox counts no others of a stream. */
function framesOf(element: Element): Promise<{ frames: number }> {
  return new Promise((resolve) => {
    const video = element as HTMLVideoElement;
    video.requestVideoFrameCallback((_, { presentedFrames: frames }) => resolve({ frames }));
  });
}

/** Both in a new room, by the SDK. */
async function meet(): Promise<void> {
  const { roomId } = await createRoom(server, host);
  await joinWithSdk(ada.page, server, roomId, 'Ada');
  await joinWithSdk(fumi.sdkPage, server, roomId, 'Fumi');
}

/** Gives the element that shows somebody's picture another size. */
async function size(page: SdkPage, width: number, height: number): Promise<void> {
  await page.evaluate(
    ([width, height]) => {
      const video = document.querySelector('video');
      if (video === null) throw new Error('nothing is shown');
      video.style.cssText = `display:block;width:${width}px;height:${height}px`;
    },
    [width, height] as const,
  );
}

/** Gives what is shown as much room as a whole screen takes. */
async function showLarge(page: SdkPage): Promise<void> {
  const isShown = () => page.evaluate(() => document.querySelector('video') !== null);
  await waitUntil('something is shown', isShown, (is) => is);
  await size(page, 2_000, 1_200);
}

/** Waits until somebody's picture has this many pixels across, and moves. */
async function waitForWidth(
  page: SdkPage,
  name: string,
  width: number,
  source?: 'screen_share',
): Promise<void> {
  const received = () => inboundOf(page, name, source);
  const sender = name === 'Fumi' ? fumi.sdkPage : ada.page;
  const { framesDecoded } = await waitUntil(
    `${name} is received with ${width} pixels`,
    // Where it does not come true, one wants to know whether it was sent.
    async () => ({ ...(await received()), sent: await outboundOf(sender, source) }),
    // Firefox adds the whole screen when it has found out that its line carries 1.4 Mbit/s: from
    // 300 kbit/s on that takes a moment, or half a minute where the first probe fails.
    (now) => now.width === width,
  );
  await waitUntil('it moves', received, (now) => now.framesDecoded > framesDecoded + 5);
}

describe('a camera of Firefox', () => {
  beforeAll(meet);

  test('is sent in sizes of VP8, even where layers in one stream were asked for', async () => {
    await publishPainting(fumi.sdkPage, { videoCodec: 'vp9' }, { width: 640, height: 360 });
    await waitForWidth(ada.page, 'Fumi', 640);
    const sent = await outboundOf(fumi.sdkPage);
    expect(sent.map(({ rid, mimeType, width }) => [rid, mimeType, width])).toEqual([
      ['r0', 'video/VP8', 320],
      ['r1', 'video/VP8', 640],
    ]);
  });

  test('comes in the size that suits the element, and no other is encoded (SPEC 9.2, 9.4)', async () => {
    await size(ada.page, 160, 90);
    await waitForWidth(ada.page, 'Fumi', 320);
    const framesOf = async () => (await outboundOf(fumi.sdkPage)).map((one) => one.framesEncoded);
    let [encoded, since] = [-1, 0];
    await waitUntil('the largest is not encoded', framesOf, ([, largest = -1]) => {
      if (largest !== encoded) [encoded, since] = [largest, performance.now()];
      return performance.now() - since > 1_000;
    });
    await size(ada.page, 640, 360);
    await waitForWidth(ada.page, 'Fumi', 640);
  });
});

test('a microphone of Chromium is heard in Firefox', async () => {
  await meet();
  await ada.page.evaluate(async () => {
    await (globalThis as SdkWindow).room.localParticipant.setMicrophoneEnabled(true);
  });
  // Without a sound card its pages hear nothing, while WebRTC does.
  await waitUntil(
    'there is sound',
    () =>
      fumi.sdkPage.evaluate(async () => {
        const [ada] = (globalThis as SdkWindow).room.remoteParticipants.values();
        const track = ada?.getTrackPublication('microphone')?.track;
        const reports = [...((await track?.getRTCStatsReport())?.values() ?? [])];
        const report = reports.find(({ type }) => type === 'inbound-rtp');
        return { energy: Number(report?.totalAudioEnergy ?? 0) };
      }),
    ({ energy }) => energy > 0.01,
  );
});

describe('a camera of Chromium', () => {
  test.each(['vp8', 'vp9', 'av1'] as const)(
    'in %s comes to Firefox in the size that suits the element (SPEC 9.2)',
    async (videoCodec) => {
      await meet();
      await publishPainting(ada.page, { videoCodec }, { width: 960, height: 540 });
      await waitUntil(
        'it is received',
        () => inboundOf(fumi.sdkPage, 'Ada'),
        ({ framesDecoded }) => framesDecoded > 0,
      );
      await size(fumi.sdkPage, 160, 90);
      await waitForWidth(fumi.sdkPage, 'Ada', 240);
      await size(fumi.sdkPage, 960, 540);
      await waitForWidth(fumi.sdkPage, 'Ada', 960);
    },
  );
});

test.each([
  ['vp8', 'video/VP8'],
  ['vp9', 'video/VP9'],
  // Only what comes with a description of its layers passes the server, and Firefox makes none.
  ['av1', 'video/VP8'],
] as const)('a screen of Firefox, asked for in %s, is sent in %s', async (videoCodec, mimeType) => {
  await meet();
  const width = await fumi.sdkPage.evaluate(async (videoCodec) => {
    const clock = document.createElement('p');
    document.body.append(clock);
    setInterval(() => {
      clock.textContent = String(Math.round(performance.now()));
    }, 100);
    const { room } = globalThis as SdkWindow;
    const screen = await room.localParticipant.setScreenShareEnabled(true, {}, { videoCodec });
    return screen?.track?.mediaStreamTrack.getSettings().width ?? Number.NaN;
  }, videoCodec);
  await showLarge(ada.page);
  await waitForWidth(ada.page, 'Fumi', width, 'screen_share');
  const sent = await outboundOf(fumi.sdkPage, 'screen_share');
  expect(new Set(sent.map((stream) => stream.mimeType))).toEqual(new Set([mimeType]));
});

describe('the layers of a screen', () => {
  beforeEach(meet);

  test('of Firefox are two sizes', async () => {
    const width = await shareScreen(fumi.sdkPage);
    await showLarge(ada.page);
    await waitForWidth(ada.page, 'Fumi', width, 'screen_share');
    await askOfScreen(ada.page, 'LOW');
    await waitForWidth(ada.page, 'Fumi', Math.floor(width / 2), 'screen_share');
    await askOfScreen(ada.page, 'HIGH');
    await waitForWidth(ada.page, 'Fumi', width, 'screen_share');
  });

  test('of Chromium are frames, of which Firefox gets as few as it asks for', async () => {
    const width = await shareScreen(ada.page);
    await showLarge(fumi.sdkPage);
    await waitForWidth(fumi.sdkPage, 'Ada', width, 'screen_share');
    await waitUntil(
      'all frames come',
      () => shareWithin(2_000),
      ({ share }) => share > 0.7,
    );
    await askOfScreen(fumi.sdkPage, 4);
    // Of three layers in time the first has a quarter of the frames.
    await waitUntil(
      'fewer frames come',
      () => shareWithin(2_000),
      ({ share }) => share < 0.4,
    );
    await waitForWidth(fumi.sdkPage, 'Ada', width, 'screen_share');
  });

  /** What Firefox gets of the frames that Chromium makes, which are fewer on a busy machine. */
  async function shareWithin(durationMs: number): Promise<{ made: number; share: number }> {
    const count = async () => {
      const [[sent], received] = await Promise.all([
        outboundOf(ada.page, 'screen_share'),
        inboundOf(fumi.sdkPage, 'Ada', 'screen_share'),
      ]);
      return { made: sent?.framesEncoded ?? 0, came: received.framesDecoded };
    };
    const before = await count();
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    const after = await count();
    const made = after.made - before.made;
    return { made, share: made === 0 ? Number.NaN : (after.came - before.came) / made };
  }
});

/** Of a page on which something moves. @returns how many pixels it has across. */
async function shareScreen(page: SdkPage): Promise<number> {
  return await page.evaluate(async () => {
    const clock = document.createElement('p');
    document.body.append(clock);
    setInterval(() => {
      clock.textContent = String(Math.round(performance.now()));
    }, 50);
    const { room } = globalThis as SdkWindow;
    const screen = await room.localParticipant.setScreenShareEnabled(true);
    return screen?.track?.mediaStreamTrack.getSettings().width ?? Number.NaN;
  });
}

/** Asks for less, or all, of the screen that somebody else shares: a size, or frames per second. */
async function askOfScreen(page: SdkPage, what: 'LOW' | 'HIGH' | number): Promise<void> {
  await page.evaluate((what) => {
    const { room, sdk } = globalThis as SdkWindow;
    for (const participant of room.remoteParticipants.values()) {
      const publication = participant.getTrackPublication('screen_share');
      if (typeof what === 'number') publication?.setVideoFPS(what);
      else publication?.setVideoQuality(sdk.VideoQuality[what]);
    }
  }, what);
}

test('messages cross between Firefox and Chromium, reliable and lossy', async () => {
  await meet();
  const listen = () => {
    const { room } = globalThis as SdkWindow;
    const heard = new Set<string>();
    Object.assign(globalThis, { heard });
    room.on('dataReceived', (payload, participant, kind) => {
      heard.add(`${participant?.name} ${kind} ${new TextDecoder().decode(payload)}`);
    });
  };
  const say = async () => {
    const { localParticipant } = (globalThis as SdkWindow).room;
    const hello = new TextEncoder().encode('hello');
    await localParticipant.publishData(hello, { reliable: true });
    await localParticipant.publishData(hello, { reliable: false });
  };
  const heardOf = () => [...(globalThis as unknown as { heard: Set<string> }).heard].toSorted();
  const pages: readonly SdkPage[] = [ada.page, fumi.sdkPage];
  for (const page of pages) await page.evaluate(listen);
  const heard = async () => {
    // Those that may be lost are, until the way is open.
    for (const page of pages) await page.evaluate(say);
    return { ada: await ada.page.evaluate(heardOf), fumi: await fumi.sdkPage.evaluate(heardOf) };
  };
  await waitUntil('all is heard', heard, (now) => now.ada.length + now.fumi.length === 4);
  expect(await heard()).toEqual({
    ada: ['Fumi lossy hello', 'Fumi reliable hello'],
    fumi: ['Ada lossy hello', 'Ada reliable hello'],
  });
});

describe('a socket of Firefox that is lost', () => {
  let proxy: CuttableProxy;

  beforeAll(async () => {
    proxy = await startCuttableProxy(server.url, 80);
    const { roomId } = await createRoom(server, host);
    await joinWithSdk(ada.page, server, roomId, 'Ada');
    const { origin } = new URL(proxy.url);
    await joinWithSdk(fumi.sdkPage, { url: origin }, roomId, 'Fumi');
    await Promise.all([
      publishPainting(ada.page, {}, { width: 320, height: 180 }),
      publishPainting(fumi.sdkPage, {}, { width: 320, height: 180 }),
    ]);
    await waitForWidth(ada.page, 'Fumi', 320);
    await waitForWidth(fumi.sdkPage, 'Ada', 320);
    await fumi.sdkPage.evaluate(() => {
      const { room } = globalThis as SdkWindow;
      const states: string[] = [];
      Object.assign(globalThis, { states });
      room.on('connectionStateChanged', (state) => states.push(state));
    });
  });
  afterAll(() => proxy?.close());

  const statesOf = () =>
    fumi.sdkPage.evaluate(() => (globalThis as unknown as { states: string[] }).states);

  /** Waits for frames both ways. */
  async function waitForBoth(): Promise<void> {
    await Promise.all([
      waitForWidth(ada.page, 'Fumi', 320),
      waitForWidth(fumi.sdkPage, 'Ada', 320),
    ]);
  }

  test('is replaced while media flows (SPEC 8.1, 8.2)', async () => {
    await proxy.cut();
    await waitUntil('it is noticed', statesOf, (states) => states.length === 1);
    await waitForBoth();
    await proxy.mend();
    await waitUntil('it is replaced', statesOf, (states) => states.length === 2);
    expect(await statesOf()).toEqual(['signalReconnecting', 'connected']);
    await waitForBoth();
  });

  test('because the network is another one: media looks for a path anew (SPEC 8.10)', async () => {
    const pathOf = () =>
      fumi.sdkPage.evaluate(async () => {
        const { localParticipant } = (globalThis as SdkWindow).room;
        const track = localParticipant.getTrackPublication('camera')?.track;
        const reports = [...((await track?.getRTCStatsReport())?.values() ?? [])];
        const report = reports.find(({ type }) => type === 'transport');
        return { fragment: String(report?.iceLocalUsernameFragment) };
      });
    const before = await pathOf();
    await fumi.page.evaluate(() => {
      globalThis.dispatchEvent(new Event('online'));
    });
    await waitUntil('it looks', pathOf, ({ fragment }) => fragment !== before.fragment);
    await waitForBoth();
    await waitUntil('it is connected', statesOf, (states) => states.at(-1) === 'connected');
  });
});
