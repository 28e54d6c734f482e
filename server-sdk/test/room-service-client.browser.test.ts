/** What RoomServiceClient asks for, as people see and hear it in their browsers. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AUDIBLE, listen, waitForVoice } from '../../web/e2e/harness/hearing.ts';
import { LIKENESSES, openPerson, type Person } from '../../web/e2e/harness/person.ts';
import { openSdkPage, type SdkWindow } from '../../web/e2e/harness/sdk-page.ts';
import { waitForFrames } from '../../web/e2e/harness/seeing.ts';
import {
  createApiKey,
  register,
  startTestServer,
  type TestServer,
} from '../../web/e2e/harness/test-server.ts';
import { AccessToken, RoomServiceClient } from '../src/index.ts';

/** A page of an application: it shows whom it gets, and notes what is said to it. */
type LedWindow = SdkWindow & { said: string[] };

const ADA_HZ = LIKENESSES.ada.voiceHz;
const ALL = { camera: true, microphone: true, screen_share: true, screen_share_audio: true };

let server: TestServer;
let tokenOf: (room: string, identity: string) => Promise<string>;
let rooms: RoomServiceClient;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  server = await startTestServer();
  const { id, secret } = await createApiKey(server, await register(server, 'Olga'));
  rooms = new RoomServiceClient(server.url, id, secret);
  tokenOf = (room, identity) =>
    new AccessToken(id, secret, { identity }).addGrant({ room, roomJoin: true }).toJwt();
  [ada, budi] = await Promise.all([
    openPerson({ likeness: LIKENESSES.ada }),
    openPerson({ likeness: LIKENESSES.budi }),
  ]);
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** Runs in a page. @returns the code of what kept it out, or `in`. */
async function enter([token, isSeen]: readonly [string, boolean]): Promise<string> {
  const scope = globalThis as LedWindow;
  const said: string[] = [];
  const room = new scope.sdk.Room();
  Object.assign(scope, { said, room });
  room
    .on('trackSubscribed', (track, _publication, { identity }) => {
      const frame = document.createElement('div');
      Object.assign(frame.dataset, { identity, kind: track.kind });
      frame.append(track.attach());
      document.body.append(frame);
    })
    .on('trackUnsubscribed', (track) => {
      for (const player of track.detach()) player.parentElement?.remove();
    })
    .on('trackMuted', ({ source }, { identity }) => said.push(`${identity}: ${source} muted`))
    .on('localTrackUnpublished', ({ source }) => said.push(`own ${source} ended`))
    .on('participantNameChanged', (name, { identity }) => said.push(`${identity} is ${name}`))
    .on('participantMetadataChanged', (_, { metadata }) => said.push(`metadata ${metadata}`))
    .on('participantAttributesChanged', (changed) => said.push(JSON.stringify(changed)))
    .on('roomMetadataChanged', (metadata) => said.push(`room ${metadata}`))
    .on('moved', (name) => said.push(`moved to ${name}`))
    .on('disconnected', (reason) => said.push(`out: ${reason}`))
    .on('dataReceived', (payload, participant, kind, topic) => {
      const text = new TextDecoder().decode(payload);
      said.push(`${kind} ${topic} ${text} of ${participant?.identity ?? 'nobody'}`);
    });
  room.registerRpcMethod('greet', async ({ callerIdentity, payload }) => {
    return `hello ${payload}, from ${callerIdentity || 'the backend'}`;
  });
  try {
    await room.connect(location.origin, token);
    if (isSeen) await room.localParticipant.enableCameraAndMicrophone();
    return 'in';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

async function hears({ page }: Person, what: string): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => (globalThis as LedWindow).said), { timeout: 20_000 })
    .toContain(what);
}

/** Ada's camera as the other one gets it. */
function adasPicture() {
  return budi.page.locator('[data-identity="ada"][data-kind="video"]');
}

async function trackOfAda(source: string): Promise<string> {
  const { tracks } = await rooms.getParticipant('Hall', 'ada');
  const track = tracks.find((one) => one.source === source);
  if (track === undefined) throw new Error(`Ada has no ${source}`);
  return track.trackId;
}

/** Runs in a page: turns the camera on. @returns the code of what kept it off, or `on`. */
async function openCamera(): Promise<string> {
  try {
    await (globalThis as LedWindow).room.localParticipant.setCameraEnabled(true);
    return 'on';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}

/** Ada is seen and heard, and Budi sees and hears her. */
beforeEach(async () => {
  await Promise.all([ada, budi].map(({ page }) => openSdkPage(page, server)));
  await rooms.createRoom({ name: 'Hall' });
  expect(await ada.page.evaluate(enter, [await tokenOf('Hall', 'ada'), true] as const)).toBe('in');
  expect(await budi.page.evaluate(enter, [await tokenOf('Hall', 'budi'), false] as const)).toBe(
    'in',
  );
  await waitForFrames(adasPicture(), 5);
  await waitForVoice(budi.page, 'ada', ADA_HZ);
});

test('tracks are muted, withheld and ended, and come back when they may', async () => {
  await rooms.mutePublishedTrack('Hall', 'ada', await trackOfAda('microphone'), true);
  await hears(budi, 'ada: microphone muted');
  await hears(ada, 'ada: microphone muted');
  // What was under way is played within half a second.
  const from = Date.now() + 500;
  const silence = await listen(budi.page, 'ada', from, from + 500);
  expect(Math.max(...silence.map(({ level }) => level))).toBeLessThan(AUDIBLE);
  await ada.page.evaluate(() =>
    (globalThis as LedWindow).room.localParticipant.setMicrophoneEnabled(true),
  );
  await waitForVoice(budi.page, 'ada', ADA_HZ);

  const camera = await trackOfAda('camera');
  await rooms.updateSubscriptions('Hall', 'budi', [camera], false);
  await adasPicture().waitFor({ state: 'detached' });
  await rooms.updateSubscriptions('Hall', 'budi', [camera], true);
  await waitForFrames(adasPicture(), 5);

  await rooms.updateParticipant('Hall', 'ada', { grants: { publish: { ...ALL, camera: false } } });
  await hears(ada, 'own camera ended');
  await adasPicture().waitFor({ state: 'detached' });
  expect(await ada.page.evaluate(openCamera)).toBe('forbidden');
  await waitForVoice(budi.page, 'ada', ADA_HZ);
  await rooms.updateParticipant('Hall', 'ada', { grants: { publish: ALL } });
  expect(await ada.page.evaluate(openCamera)).toBe('on');
  await waitForFrames(adasPicture(), 5);

  await rooms.updateParticipant('Hall', 'budi', { grants: { subscribe: false } });
  await budi.page.locator('[data-identity="ada"]').first().waitFor({ state: 'detached' });
  await rooms.updateParticipant('Hall', 'budi', { grants: { subscribe: true } });
  await waitForFrames(adasPicture(), 5);
});

test('what is said of people and rooms, data and calls arrive', async () => {
  await rooms.updateParticipant('Hall', 'ada', {
    name: 'Ada L.',
    metadata: 'm',
    attributes: { seat: '4' },
  });
  await rooms.updateRoomMetadata('Hall', 'agenda');
  for (const heard of ['ada is Ada L.', 'metadata m', '{"seat":"4"}', 'room agenda']) {
    await hears(budi, heard);
  }

  const bytes = (text: string) => new TextEncoder().encode(text);
  await rooms.sendData('Hall', bytes('for Ada'), { destinationIdentities: ['ada'] });
  await rooms.sendData('Hall', bytes('for all'), { topic: 'news' });
  await hears(ada, 'reliable  for Ada of nobody');
  for (const person of [ada, budi]) await hears(person, 'reliable news for all of nobody');
  expect(await budi.page.evaluate(() => (globalThis as LedWindow).said.join())).not.toContain(
    'for Ada',
  );
  // What is lossy may get lost: it is said until it is heard.
  await expect
    .poll(async () => {
      await rooms.sendData('Hall', bytes('quick'), { kind: 'lossy', topic: 'p' });
      return await budi.page.evaluate(() => (globalThis as LedWindow).said);
    })
    .toContain('lossy p quick of nobody');

  const call = { destinationIdentity: 'ada', method: 'greet', payload: 'Ada' };
  expect(await rooms.performRpc('Hall', call)).toBe('hello Ada, from the backend');
  const unknown = rooms.performRpc('Hall', { ...call, method: 'dance' });
  await expect(unknown).rejects.toMatchObject({ name: 'RpcError', code: 1400 });
});

test('people are moved, shown elsewhere, sent out for good, and rooms are ended', async () => {
  await rooms.createRoom({ name: 'Annex' });
  await rooms.moveParticipant('Hall', 'budi', 'Annex');
  await hears(budi, 'moved to Annex');
  await adasPicture().waitFor({ state: 'detached' });
  await expect
    .poll(async () => (await rooms.listParticipants('Annex')).map(({ identity }) => identity))
    .toEqual(['budi']);

  await rooms.forwardParticipant('Hall', 'ada', 'Annex');
  await waitForFrames(adasPicture(), 5);
  await waitForVoice(budi.page, 'ada', ADA_HZ);
  await rooms.stopForwarding('Hall', 'ada', 'Annex');
  await adasPicture().waitFor({ state: 'detached' });

  await rooms.removeParticipant('Hall', 'ada', { ban: true, reason: 'spam' });
  await hears(ada, 'out: participant_removed');
  // Tokens tell whole seconds: one of the second in which she was sent out is void like those before.
  await expect
    .poll(async () => ada.page.evaluate(enter, [await tokenOf('Hall', 'ada'), false] as const))
    .toBe('banned');
  await rooms.deleteRoom('Annex');
  await hears(budi, 'out: room_closed');
  expect((await rooms.listRooms()).map(({ name }) => name)).toEqual(['Hall']);
  await rooms.deleteRoom('Hall');
});
