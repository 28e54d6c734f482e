import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import { joinWithSdk, type SdkWindow, sdkScript, waitUntil } from './harness/sdk-page.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
/** Nothing plays at hers before she touches the page. */
let ada: Person;
let budi: Person;
/** Whether Ada's page may play, as it was told each time. */
const playback: boolean[] = [];

/** What Ada's page does by itself. It shows one button, as an application would. */
const LISTEN = `
  const join = async (roomId) => {
    const room = new sdk.Room();
    globalThis.room = room;
    room.on('audioPlaybackChanged', () => tellPlayback(room.canPlaybackAudio));
    room.on('trackSubscribed', (track) => document.body.append(track.attach()));
    const button = document.createElement('button');
    button.textContent = 'Listen';
    button.onclick = () => room.startAudio();
    document.body.replaceChildren(button);
    const answer = await sdk.requestJoin(location.origin, roomId, { name: 'Ada' });
    await room.connect(answer.url, answer.token, { joinInfo: answer });
  };
  const roomId = new URLSearchParams(location.search).get('room');
  if (roomId !== null) addEventListener('DOMContentLoaded', () => join(roomId));
`;

beforeAll(async () => {
  server = await startTestServer();
  const { roomId } = await createRoom(server, await register(server, 'Host'));
  [ada, budi] = await Promise.all([openPerson({ playsUntouched: false }), openPerson()]);
  await joinWithSdk(budi.page, server, roomId, 'Budi');
  await budi.page.evaluate(async () => {
    await (globalThis as SdkWindow).room.localParticipant.setMicrophoneEnabled(true);
  });
  // Whatever is evaluated in a page counts as a touch, so this one goes its own way.
  await ada.page.exposeFunction('tellPlayback', (canPlay: boolean) => playback.push(canPlay));
  await ada.page.addInitScript(`{ ${await sdkScript()}; ${LISTEN} }`);
  await ada.page.goto(`${server.url}/robots.txt?room=${roomId}`);
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** The element in which Ada's page plays Budi. */
const heard = () =>
  ada.page.evaluate(() => {
    const player = document.querySelector('audio');
    if (player === null) throw new Error('nobody is played');
    const { paused, currentTime, volume, sinkId } = player;
    return { paused, currentTime, volume, sinkId };
  });

test('what the browser does not play at first is told, and plays after a touch and startAudio', async () => {
  await waitUntil(
    'the browser refuses',
    async () => playback.slice(),
    (told) => told.length > 0,
  );
  expect(playback).toEqual([false]);
  expect((await heard()).paused).toBe(true);
  await ada.page.getByRole('button', { name: 'Listen' }).click();
  await waitUntil('it plays', heard, ({ paused, currentTime }) => !paused && currentTime > 0.5);
  expect(playback).toEqual([false, true]);
});

test('others are as loud as is chosen, on the speaker that is chosen', async () => {
  const chosen = await ada.page.evaluate(async () => {
    const { room, sdk } = globalThis as SdkWindow;
    const told: string[] = [];
    room.on('activeDeviceChanged', (kind, id) => told.push(`${kind} ${id}`));
    const [budi] = room.remoteParticipants.values();
    budi?.setVolume(0.3);
    const speakers = await sdk.Room.getLocalDevices('audiooutput');
    const speaker = speakers.findLast(({ deviceId }) => deviceId !== 'default')?.deviceId;
    if (speaker === undefined) throw new Error('there is one speaker alone');
    await room.switchActiveDevice('audiooutput', speaker);
    const active = room.getActiveDevice('audiooutput');
    return { speaker, told, active, volume: budi?.getVolume() };
  });
  expect(chosen).toEqual({
    speaker: chosen.speaker,
    told: [`audiooutput ${chosen.speaker}`],
    active: chosen.speaker,
    volume: 0.3,
  });
  expect(await heard()).toMatchObject({ volume: 0.3, sinkId: chosen.speaker, paused: false });

  const refused = await ada.page.evaluate(async () => {
    const { room } = globalThis as SdkWindow;
    return await room.switchActiveDevice('audiooutput', 'no such speaker').then(
      () => 'taken',
      (error: { code?: string }) => error.code,
    );
  });
  expect(refused).toBe('device_not_found');
  expect((await heard()).sinkId).toBe(chosen.speaker);
});

test('a microphone is changed for another while it is published, and changes of devices are told', async () => {
  const changed = await budi.page.evaluate(async () => {
    const { room, sdk } = globalThis as SdkWindow;
    const told: string[] = [];
    room.on('activeDeviceChanged', (kind, id) => told.push(`${kind} ${id}`));
    room.on('mediaDevicesChanged', () => told.push('devices'));
    const track = () => room.localParticipant.getTrackPublication('microphone')?.track;
    const before = track()?.mediaStreamTrack.getSettings().deviceId;
    const microphones = await sdk.Room.getLocalDevices('audioinput');
    const other = microphones.find(({ deviceId }) => deviceId !== before && deviceId !== 'default');
    if (other === undefined) throw new Error('there is one microphone alone');
    await room.switchActiveDevice('audioinput', other.deviceId);
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    const after = track()?.mediaStreamTrack.getSettings().deviceId;
    return { told, after, other: other.deviceId };
  });
  expect(changed).toEqual({
    told: [`audioinput ${changed.other}`, 'devices'],
    after: changed.other,
    other: changed.other,
  });
  // It is heard still.
  const { currentTime } = await heard();
  await waitUntil('it plays on', heard, (now) => now.currentTime > currentTime + 0.5);
});
