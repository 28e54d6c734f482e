import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import { joinWithSdk, publishPainting, type SdkWindow, waitUntil } from './harness/sdk-page.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

type Stats = typeof import('@balai/client/stats');
type StatsWindow = SdkWindow & { stats: Stats };

let server: TestServer;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  server = await startTestServer();
  const { roomId } = await createRoom(server, await register(server, 'Host'));
  [ada, budi] = await Promise.all([openPerson(), openPerson()]);
  const script = await bundleStats();
  for (const [person, name] of [
    [ada, 'Ada'],
    [budi, 'Budi'],
  ] as const) {
    await joinWithSdk(person.page, server, roomId, name, { adaptiveStream: false });
    await person.page.evaluate(`${script}; globalThis.stats = stats;`);
  }
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** The sub-path of the SDK as one script that leaves `stats` behind. */
async function bundleStats(): Promise<string> {
  const entry = fileURLToPath(new URL('../../client-sdk/src/stats/index.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, name: 'stats', formats: ['iife'] } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}

/** Measures twice, half a second apart. */
async function measure(page: Page, whose: 'own' | 'other', source: 'camera' | 'microphone') {
  return await page.evaluate(
    async ([whose, source]) => {
      const { room, stats } = globalThis as StatsWindow;
      const [other] = room.remoteParticipants.values();
      const track = (whose === 'own' ? room.localParticipant : other)?.getTrackPublication(
        source,
      )?.track;
      if (track === undefined) return undefined;
      type Given = Parameters<typeof stats.getTrackStats>[0];
      const before = await stats.getTrackStats(track as Given);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return await stats.getTrackStats(track as Given, before);
    },
    [whose, source] as const,
  );
}

test('the browser is read into one shape, each way', { timeout: 90_000 }, async () => {
  await publishPainting(ada.page);
  const sent = await waitUntil(
    'all sizes are sent',
    async () => ({ stats: await measure(ada.page, 'own', 'camera') }),
    // On a busy machine the encoder begins with less than the full size.
    ({ stats }) =>
      stats?.streams.at(-1)?.frameHeight === 720 &&
      stats.streams.filter((one) => (one.bitrateBps ?? 0) > 0 && one.roundTripMs !== undefined)
        .length === 3,
    60_000,
  );
  expect(sent.stats).toMatchObject({ kind: 'video', direction: 'send' });
  expect(sent.stats?.streams.map(({ frameHeight }) => frameHeight)).toEqual([180, 360, 720]);
  for (const stream of sent.stats?.streams ?? []) {
    expect(stream.mimeType).toBe('video/VP8');
    expect(stream.roundTripMs).toBeLessThan(1_000);
    expect(stream).toMatchObject({ isActive: true, lossRatio: expect.any(Number) });
  }
  const received = await waitUntil(
    'it is received',
    async () => ({ stats: await measure(budi.page, 'other', 'camera') }),
    ({ stats }) => (stats?.streams[0]?.framesPerSecond ?? 0) > 0,
  );
  expect(received.stats).toMatchObject({ kind: 'video', direction: 'receive' });
  const [stream] = received.stats?.streams ?? [];
  expect(stream?.bitrateBps).toBeGreaterThan(10_000);
  expect(stream?.frameWidth).toBeGreaterThan(0);
  expect(stream).toMatchObject({ mimeType: 'video/VP8', lossRatio: expect.any(Number) });
});

test('music is sent in stereo, with forward error correction and without pauses', async () => {
  await ada.page.evaluate(async () => {
    const { room } = globalThis as StatsWindow;
    const context = new AudioContext();
    const merger = context.createChannelMerger(2);
    for (const [channel, frequency] of [330, 550].entries()) {
      const tone = context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(merger, 0, channel);
      tone.start();
    }
    const destination = context.createMediaStreamDestination();
    merger.connect(destination);
    const [track] = destination.stream.getAudioTracks();
    if (track === undefined) throw new Error('the page has no sound');
    await room.localParticipant.publishTrack(track, { source: 'microphone', forceStereo: true });
  });
  const codecOf = (page: Page, whose: 'own' | 'other') =>
    page.evaluate(async (whose) => {
      const { room } = globalThis as StatsWindow;
      const [other] = room.remoteParticipants.values();
      const from = whose === 'own' ? room.localParticipant : other;
      const report = await from?.getTrackPublication('microphone')?.track?.getRTCStatsReport();
      const codec = [...(report?.values() ?? [])].find(({ type }) => type === 'codec');
      return { line: String(codec?.sdpFmtpLine ?? ''), channels: Number(codec?.channels ?? 0) };
    }, whose);
  const asked = await waitUntil(
    'sound is sent',
    () => codecOf(ada.page, 'own'),
    ({ line }) => line !== '',
  );
  expect(asked.channels).toBe(2);
  expect(asked.line).toContain('stereo=1');
  expect(asked.line).toContain('useinbandfec=1');
  expect(asked.line).not.toContain('usedtx=1');
  const heard = await waitUntil(
    'sound is received',
    () => codecOf(budi.page, 'other'),
    ({ line }) => line !== '',
  );
  expect(heard.line).toContain('stereo=1');
  const measured = await waitUntil(
    'it is heard',
    async () => ({ stats: await measure(budi.page, 'other', 'microphone') }),
    ({ stats }) => (stats?.streams[0]?.bitrateBps ?? 0) > 0,
  );
  expect(measured.stats).toMatchObject({ kind: 'audio', direction: 'receive' });
});
