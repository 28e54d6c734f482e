import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNetwork, type TestNetwork, whereNetworksAreMade } from './harness/network.ts';
import { openPerson, type Person } from './harness/person.ts';
import { joinWithSdk, outboundOf, type SdkWindow, waitUntil } from './harness/sdk-page.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

/** Ada wants the first of them most. */
const PUBLISHERS = ['Pinned', 'Second', 'Third', 'Fourth'] as const;
const FULL_WIDTH = 480;
/** Of each picture in full: all of them take twice as much as the narrow line has. */
const FULL_BITRATE = 350_000;
const NARROW_KBIT = 600;

/** What a page has heard of the flow of videos, in order. */
type Told = typeof globalThis & { told: [name: string, state: string][] };

/** One of the videos, as Ada gets it. */
interface Received {
  readonly name: string;
  readonly state: string | undefined;
  readonly width: number;
  readonly framesReceived: number;
}

describe('a line that becomes narrow', whereNetworksAreMade, () => {
  let network: TestNetwork;
  let server: TestServer;
  let crowd: Person;
  let ada: Person;

  beforeAll(async () => {
    network = makeNetwork();
    server = await startTestServer({ BALAI_HOST: '0.0.0.0' });
    const { roomId } = await createRoom(server, await register(server, 'Host'));
    const url = `http://${network.hostAddress}:${new URL(server.url).port}`;
    [crowd, ada] = await Promise.all([
      openPerson(),
      openPerson({ network: network.name, trustedOrigin: url }),
    ]);
    await joinWithSdk(crowd.page, server, roomId, PUBLISHERS[0]);
    await publishNoise(roomId);
    await ada.page.setViewportSize({ width: 700, height: 1500 });
    await joinWithSdk(ada.page, { url }, roomId, 'Ada');
    await ada.page.evaluate((pinned) => {
      const { room } = globalThis as SdkWindow;
      const told: Told['told'] = [];
      Object.assign(globalThis, { told });
      room.on('trackStreamStateChanged', (_, state, participant) => {
        told.push([participant.name, state]);
      });
      const one = [...room.remoteParticipants.values()].find(({ name }) => name === pinned);
      one?.getTrackPublication('camera')?.setPriority(255);
    }, PUBLISHERS[0]);
  });
  afterAll(async () => {
    await Promise.all([crowd?.close(), ada?.close()]);
    await server?.close();
    network?.close();
  });

  /** All publishers are one page, and their cameras one picture that cannot be compressed away. */
  async function publishNoise(roomId: string): Promise<void> {
    await crowd.page.evaluate(
      async ({ roomId, names, maxBitrate }) => {
        const { sdk, room } = globalThis as SdkWindow;
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [480, 270];
        const brush = canvas.getContext('2d');
        if (brush === null) throw new Error('the page cannot draw');
        setInterval(() => {
          for (let block = 0; block < 25; block += 1) {
            brush.fillStyle = `hsl(${Math.random() * 360} 70% 50%)`;
            brush.fillRect(Math.random() * 480, Math.random() * 270, 24, 24);
          }
        }, 1_000 / 15);
        const [track] = canvas.captureStream(15).getVideoTracks();
        if (track === undefined) throw new Error('the page has no picture');
        const others = await Promise.all(
          names.slice(1).map(async (name) => {
            const answer = await sdk.requestJoin(location.origin, roomId, { name });
            const other = new sdk.Room();
            await other.connect(answer.url, answer.token, {
              joinInfo: answer,
              autoSubscribe: false,
            });
            return other;
          }),
        );
        for (const { localParticipant } of [room, ...others]) {
          const videoEncoding = { maxBitrate, maxFramerate: 15 };
          await localParticipant.publishTrack(track.clone(), { source: 'camera', videoEncoding });
        }
      },
      { roomId, names: PUBLISHERS, maxBitrate: FULL_BITRATE },
    );
  }

  async function received(): Promise<Received[]> {
    return await ada.page.evaluate(async (names) => {
      const { room } = globalThis as SdkWindow;
      return await Promise.all(
        names.map(async (name) => {
          const one = [...room.remoteParticipants.values()].find((one) => one.name === name);
          const track = one?.getTrackPublication('camera')?.track;
          const reports = [...((await track?.getRTCStatsReport())?.values() ?? [])];
          const report = reports.find(({ type }) => type === 'inbound-rtp');
          return {
            name,
            state: track?.streamState,
            width: Number(report?.frameWidth ?? 0),
            framesReceived: Number(report?.framesReceived ?? 0),
          };
        }),
      );
    }, PUBLISHERS);
  }

  /** How many pictures of the pinned video were made, in full size. */
  async function encoded(): Promise<number> {
    return (await outboundOf(crowd.page)).at(-1)?.framesEncoded ?? 0;
  }

  /** What comes of the pinned video within 6 s: its widths, and how many of the pictures that are made. */
  async function watchPinned(): Promise<{ widths: number[]; made: number; came: number }> {
    const [[before], madeBefore] = [await received(), await encoded()];
    const widths = new Set<number>();
    for (const until = performance.now() + 6_000; performance.now() < until; ) {
      const [pinned] = await received();
      widths.add(pinned?.width ?? 0);
    }
    const [[after], made] = [await received(), (await encoded()) - madeBefore];
    const came = (after?.framesReceived ?? 0) - (before?.framesReceived ?? 0);
    return { widths: [...widths], made, came };
  }

  const told = () => ada.page.evaluate(() => (globalThis as Told).told);
  const isFull = ({ state, width }: Received) => state === 'active' && width === FULL_WIDTH;

  test('carries the pinned video as it was; of the others less or nothing, as is told, until it is wide again (SPEC 9.3, 9.5)', async () => {
    await waitUntil('all are received in full', received, (all) => all.every(isFull));
    network.shape(NARROW_KBIT);
    await waitUntil(
      'only the pinned video is received in full',
      received,
      ([pinned, ...others]) =>
        pinned !== undefined && isFull(pinned) && others.every((other) => !isFull(other)),
    );

    // Once the line's queue is empty it stays so: what is made of the pinned video comes, in full size.
    const { made, came } = await waitUntil(
      'the pinned video comes in full for 6 s',
      watchPinned,
      ({ widths, made, came }) => widths.every((one) => one === FULL_WIDTH) && came > made * 0.5,
    );
    console.info(`of ${made} frames of the pinned video ${came} came on the narrow line`);

    const heard = await told();
    expect(heard.filter(([name]) => name === PUBLISHERS[0])).toEqual([]);
    const paused = heard.filter(([, state]) => state === 'paused').map(([name]) => name);
    expect(paused).not.toEqual([]);

    network.widen();
    await waitUntil('all are received in full again', received, (all) => all.every(isFull));
    const heardLater = await told();
    for (const name of paused)
      expect(heardLater.findLast(([who]) => who === name)?.[1]).toBe('active');
  });
});
