import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import type { TestServer } from './test-server.ts';

type Sdk = typeof import('@balai/client') & typeof import('@balai/client/moderation');
type SdkRoom = InstanceType<Sdk['Room']>;
type SdkRoomOptions = NonNullable<ConstructorParameters<Sdk['Room']>[0]>;

/** What an application of three lines has at hand: the SDK with moderation, and the room that it is in. */
export type SdkWindow = typeof globalThis & { sdk: Sdk; room: SdkRoom };

/** All that a page of any browser has to do here. */
export type SdkPage = Pick<Page, 'goto' | 'evaluate'>;

let bundle: Promise<string> | undefined;

/** The SDK as one script that leaves `sdk` behind. */
async function bundleSdk(): Promise<string> {
  const entry = fileURLToPath(new URL('./sdk-entry.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, name: 'sdk', formats: ['iife'] } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}

/** The SDK as one script, after which `sdk` is a global. */
export async function sdkScript(): Promise<string> {
  bundle ??= bundleSdk();
  return `${await bundle}; globalThis.sdk = sdk;`;
}

/** Opens a page of the server's own origin, without any script but the SDK as `sdk`. */
export async function openSdkPage(page: SdkPage, server: Pick<TestServer, 'url'>): Promise<void> {
  const script = await sdkScript();
  await page.goto(`${server.url}/robots.txt`);
  await page.evaluate(script);
}

/**
 * Makes a page an application of its own, that has joined a room: `room` is a
 * global of the page from then on. Every video it receives is attached to an
 * element of 640 by 360 pixels whose id is `<identity> <source>`.
 */
export async function joinWithSdk(
  page: SdkPage,
  server: Pick<TestServer, 'url'>,
  roomId: string,
  name: string,
  options: SdkRoomOptions = {},
): Promise<void> {
  await openSdkPage(page, server);
  await page.evaluate(
    async ([roomId, name, options]) => {
      const { sdk } = globalThis as SdkWindow;
      document.body.replaceChildren();
      const answer = await sdk.requestJoin(location.origin, roomId, { name });
      const room = new sdk.Room(options);
      room.on('trackSubscribed', (track, publication, participant) => {
        if (track.kind !== 'video') return;
        const element = document.createElement('video');
        element.id = `${participant.name} ${publication.source}`;
        element.style.cssText = 'display:block;width:640px;height:360px';
        document.body.append(track.attach(element));
      });
      room.on('trackUnsubscribed', (track) => {
        for (const element of track.detach()) element.remove();
      });
      await room.connect(answer.url, answer.token, { joinInfo: answer });
      (globalThis as SdkWindow).room = room;
    },
    [roomId, name, options] as const,
  );
}

/** Draws a picture that moves, and publishes it as a camera. */
export async function publishPainting(
  page: SdkPage,
  options: Parameters<SdkRoom['localParticipant']['publishTrack']>[1] = {},
  size = { width: 1280, height: 720 },
): Promise<void> {
  await page.evaluate(
    async ([options, { width, height }]) => {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const brush = canvas.getContext('2d');
      if (brush === null) throw new Error('the page cannot draw');
      let frame = 0;
      setInterval(() => {
        frame += 1;
        brush.fillStyle = `hsl(${frame % 360} 60% 50%)`;
        brush.fillRect(0, 0, width, height);
        for (let ball = 0; ball < 12; ball += 1) {
          brush.fillStyle = `hsl(${(frame * 3 + ball * 30) % 360} 90% 40%)`;
          const x = ((frame * (5 + ball)) % width) | 0;
          brush.fillRect(x, (ball * height) / 12, width / 10, height / 14);
        }
      }, 1000 / 15);
      const [track] = canvas.captureStream(15).getVideoTracks();
      if (track === undefined) throw new Error('the page has no picture');
      const { room } = globalThis as SdkWindow;
      await room.localParticipant.publishTrack(track, { source: 'camera', ...options });
    },
    [options, size] as const,
  );
}

/** One stream that a page sends, as its browser reports it. */
export interface Outbound {
  readonly rid: string;
  readonly mimeType: string;
  readonly scalabilityMode: string;
  readonly isActive: boolean;
  readonly width: number;
  readonly height: number;
  readonly framesEncoded: number;
  readonly bytesSent: number;
}

/** What a page sends of one of its sources, from small to large. */
export async function outboundOf(
  page: SdkPage,
  source: 'camera' | 'screen_share' = 'camera',
): Promise<Outbound[]> {
  return await page.evaluate(async (source) => {
    const { room } = globalThis as SdkWindow;
    const track = room.localParticipant.getTrackPublication(source)?.track;
    const reports = [...((await track?.getRTCStatsReport())?.values() ?? [])];
    return reports
      .filter(({ type }) => type === 'outbound-rtp')
      .map((report) => ({
        rid: String(report.rid ?? ''),
        mimeType: String(reports.find(({ id }) => id === report.codecId)?.mimeType ?? ''),
        scalabilityMode: String(report.scalabilityMode ?? ''),
        isActive: Boolean(report.active),
        width: Number(report.frameWidth ?? 0),
        height: Number(report.frameHeight ?? 0),
        framesEncoded: Number(report.framesEncoded ?? 0),
        bytesSent: Number(report.bytesSent ?? 0),
      }))
      .toSorted((a, b) => a.rid.localeCompare(b.rid));
  }, source);
}

/** One stream that a page receives, as its browser reports it. */
export interface Inbound {
  readonly width: number;
  readonly height: number;
  readonly bytesReceived: number;
  readonly framesDecoded: number;
}

/** What a page receives of somebody. */
export async function inboundOf(
  page: SdkPage,
  name: string,
  source: 'camera' | 'screen_share' = 'camera',
): Promise<Inbound> {
  return await page.evaluate(
    async ([name, source]) => {
      const { room } = globalThis as SdkWindow;
      const publisher = [...room.remoteParticipants.values()].find((one) => one.name === name);
      const track = publisher?.getTrackPublication(source)?.track;
      const reports = [...((await track?.getRTCStatsReport())?.values() ?? [])];
      const report = reports.find(({ type }) => type === 'inbound-rtp');
      return {
        width: Number(report?.frameWidth ?? 0),
        height: Number(report?.frameHeight ?? 0),
        bytesReceived: Number(report?.bytesReceived ?? 0),
        framesDecoded: Number(report?.framesDecoded ?? 0),
      };
    },
    [name, source] as const,
  );
}

/**
 * Asks again and again, until the answer will do. The time is what a browser takes at worst to find
 * out that its line carries the largest picture: where its first probe fails, that is half a minute.
 *
 * @returns the answer, with the milliseconds it took.
 */
export async function waitUntil<T>(
  what: string,
  ask: () => Promise<T>,
  isSo: (answer: T) => boolean,
  timeoutMs = 60_000,
): Promise<T & { readonly tookMs: number }> {
  const began = performance.now();
  for (;;) {
    const answer = await ask();
    const tookMs = performance.now() - began;
    if (isSo(answer))
      return Object.assign(answer as T & object, { tookMs }) as T & { tookMs: number };
    if (tookMs > timeoutMs) {
      throw new Error(`not so after ${timeoutMs} ms: ${what}. It is ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
