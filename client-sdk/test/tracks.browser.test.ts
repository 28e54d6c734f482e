import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium, openFolder } from './browser.ts';

type Sdk = typeof import('../src/index.ts');
declare const sdk: Sdk;

const folder = mkdtempSync(join(tmpdir(), 'balai-tracks-'));
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      lib: { entry, name: 'sdk', formats: ['iife'], fileName: () => 'sdk.js' },
    },
  });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script src="/sdk.js"></script>');
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  page = await openFolder(browser, folder);
});

afterEach(() => page.close());

test('a camera plays in every element it is attached to, until it is detached', async () => {
  const seen = await page.evaluate(async () => {
    const playing = (element: HTMLVideoElement) =>
      new Promise((resolve) => element.requestVideoFrameCallback(resolve));
    const camera = await sdk.createLocalVideoTrack();
    const own = camera.attach() as HTMLVideoElement;
    const mine = camera.attach(document.createElement('video'));
    camera.attach(mine);
    document.body.append(own, mine);
    await Promise.all([playing(own), playing(mine)]);
    const attached = camera.attachedElements.length;
    const size = [own.videoWidth, own.videoHeight];
    const sameElement = camera.detach(mine) === mine;
    const left = camera.attachedElements.length;
    const rest = camera.detach();
    camera.stop();
    return {
      attached,
      size,
      sameElement,
      left,
      rest: rest.length === 1 && rest[0] === own,
      isEmpty: own.srcObject === null && mine.srcObject === null,
      isMuted: own.muted,
    };
  });
  expect(seen).toEqual({
    attached: 2,
    size: [1280, 720],
    sameElement: true,
    left: 1,
    rest: true,
    isEmpty: true,
    isMuted: true,
  });
});

test('an element holds one camera and one microphone, and loses only what is detached', async () => {
  const kinds = await page.evaluate(async () => {
    const [first, second] = await Promise.all([sdk.createLocalTracks(), sdk.createLocalTracks()]);
    const element = document.createElement('video');
    const held = () => {
      const stream = element.srcObject instanceof MediaStream ? element.srcObject : undefined;
      return (
        stream
          ?.getTracks()
          .map((track) => track.kind)
          .toSorted() ?? []
      );
    };
    for (const track of [...first, ...second]) track.attach(element);
    const both = held();
    for (const track of first) track.detach(element);
    const stillBoth = held();
    second.find((track) => track.kind === 'audio')?.detach(element);
    return [both, stillBoth, held()];
  });
  expect(kinds).toEqual([['audio', 'video'], ['audio', 'video'], ['video']]);
});

test('a camera that was muted and unmuted goes on in the same element', async () => {
  const seen = await page.evaluate(async () => {
    const camera = await sdk.createLocalVideoTrack();
    const element = camera.attach() as HTMLVideoElement;
    document.body.append(element);
    const events: string[] = [];
    for (const event of ['muted', 'unmuted', 'restarted', 'ended'] as const) {
      camera.on(event, () => events.push(event));
    }
    const before = camera.mediaStreamTrack;
    await camera.mute();
    const light = before.readyState;
    await camera.unmute();
    await new Promise((resolve) => element.requestVideoFrameCallback(resolve));
    const isInElement =
      element.srcObject instanceof MediaStream &&
      element.srcObject.getTracks().includes(camera.mediaStreamTrack);
    return { events, light, isInElement, isNew: camera.mediaStreamTrack !== before };
  });
  expect(seen).toEqual({
    events: ['muted', 'restarted', 'unmuted'],
    light: 'ended',
    isInElement: true,
    isNew: true,
  });
});

test('a level meter hears the microphone, and hears nothing when it is muted', async () => {
  const levels = await page.evaluate(async () => {
    const microphone = await sdk.createLocalAudioTrack();
    const meter = sdk.createAudioAnalyser(microphone, { smoothingTimeConstant: 0 });
    const until = async (isSo: (level: number) => boolean) => {
      for (;;) {
        const level = meter.calculateVolume();
        if (isSo(level)) return level;
        await new Promise(requestAnimationFrame);
      }
    };
    const loud = await until((level) => level > 0.05);
    await microphone.mute();
    const silent = await until((level) => level === 0);
    await meter.cleanup();
    return { loud, silent, isOpen: microphone.mediaStreamTrack.readyState };
  });
  expect(levels).toEqual({ loud: expect.any(Number), silent: 0, isOpen: 'live' });
});

test('a device that is not there is said to be missing', async () => {
  const failures = await page.evaluate(async () => {
    const code = (error: unknown) =>
      error instanceof sdk.MediaDeviceError ? [error.code, error.kind] : String(error);
    return [
      await sdk.createLocalVideoTrack({ deviceId: 'unplugged' }).catch(code),
      await sdk.createLocalAudioTrack({ deviceId: 'unplugged' }).catch(code),
    ];
  });
  expect(failures).toEqual([
    ['device_not_found', 'videoinput'],
    ['device_not_found', 'audioinput'],
  ]);
});

test('devices have names once they were asked for', async () => {
  const cameras = await page.evaluate(async () => {
    const devices = await sdk.Room.getLocalDevices('videoinput');
    return devices.map(({ kind, label }) => ({ kind, isNamed: label !== '' }));
  });
  expect(cameras.length).toBeGreaterThan(0);
  for (const camera of cameras) expect(camera).toEqual({ kind: 'videoinput', isNamed: true });
});

test('a processor changes the picture that is shown, and stopping it brings the camera back', async () => {
  const seen = await page.evaluate(async () => {
    const camera = await sdk.createLocalVideoTrack();
    const element = camera.attach() as HTMLVideoElement;
    document.body.append(element);
    const nextSize = () =>
      new Promise<number>((resolve) =>
        element.requestVideoFrameCallback((_, { width }) => resolve(width)),
      );
    const log: string[] = [];
    let timer = 0;
    const processor = {
      name: 'small',
      processedTrack: undefined as MediaStreamTrack | undefined,
      async init(options: { element: HTMLMediaElement; track: MediaStreamTrack; kind: 'video' }) {
        const canvas = document.createElement('canvas');
        canvas.width = 320;
        canvas.height = 180;
        const brush = canvas.getContext('2d');
        const source = options.element as HTMLVideoElement;
        timer = window.setInterval(() => brush?.drawImage(source, 0, 0, 320, 180), 30);
        processor.processedTrack = canvas.captureStream().getVideoTracks()[0];
        log.push(`init ${options.kind} ${options.track === camera.mediaStreamTrack}`);
      },
      async restart() {
        log.push('restart');
      },
      async destroy() {
        clearInterval(timer);
        log.push('destroy');
      },
    };
    const sizes = [await nextSize()];
    await camera.setProcessor(processor);
    while ((await nextSize()) !== 320);
    sizes.push(320);
    await camera.stopProcessor();
    while ((await nextSize()) === 320);
    sizes.push(await nextSize());
    camera.stop();
    return { sizes, log };
  });
  expect(seen).toEqual({ sizes: [1280, 320, 1280], log: ['init video true', 'destroy'] });
});
