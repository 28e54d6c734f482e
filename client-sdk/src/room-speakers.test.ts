import { afterEach, beforeEach, expect, test } from 'vitest';
import { joined, participant, ScriptedServer } from '../test/fakes/scripted-server.ts';
import { setUpRoom } from '../test/room-bench.ts';

let server: ScriptedServer;
let url: string;

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
  server.welcome = (socket) =>
    socket.emit('joined', joined({ participants: [participant('ann'), participant('ben')] }));
});

afterEach(() => server.close());

/** Says who speaks, each as loud. */
function say(levels: Readonly<Record<string, number>>): void {
  const speakers = Object.entries(levels).map(([name, level]) => ({
    participantId: `stay-of-${name}`,
    level,
  }));
  server.say('speakersChanged', { speakers });
}

/** A room that was joined, and what it and its participants tell of speakers, in order. */
async function listen() {
  const { room, connect } = setUpRoom(url);
  await connect();
  const told: string[] = [];
  room.on('activeSpeakersChanged', (speakers) => {
    told.push(`speakers: ${speakers.map(({ identity }) => identity).join(' ')}`);
  });
  for (const one of [room.localParticipant, ...room.remoteParticipants.values()]) {
    one.on('isSpeakingChanged', (speaking) => told.push(`${one.identity} ${speaking}`));
  }
  return { room, told };
}

test('tells who speaks, ourselves included, each of them first and then the room (SPEC 11.1)', async () => {
  const { room, told } = await listen();
  const ann = room.remoteParticipants.get('ann');
  const before = Date.now();
  say({ ann: 0.5, me: 0.2 });
  await expect.poll(() => told).toEqual(['ann true', 'me true', 'speakers: ann me']);
  expect(room.activeSpeakers).toEqual([ann, room.localParticipant]);
  expect(ann).toMatchObject({ isSpeaking: true, audioLevel: 0.5 });
  expect(room.localParticipant).toMatchObject({ isSpeaking: true, audioLevel: 0.2 });
  expect(ann?.lastSpokeAt?.getTime()).toBeGreaterThanOrEqual(before);
});

test('tells only what is different of each, and the room of every change of level', async () => {
  const { room, told } = await listen();
  say({ ann: 0.5 });
  say({ ben: 0.9, ann: 0.4 });
  say({ ben: 0.8 });
  await expect
    .poll(() => told)
    .toEqual([
      'ann true',
      'speakers: ann',
      'ben true',
      'speakers: ben ann',
      'ann false',
      'speakers: ben',
    ]);
  const ann = room.remoteParticipants.get('ann');
  expect(ann).toMatchObject({ isSpeaking: false, audioLevel: 0 });
  expect(ann?.lastSpokeAt).toBeInstanceOf(Date);
  expect(room.remoteParticipants.get('ben')?.audioLevel).toBe(0.8);
});

test('passes over strangers', async () => {
  const { room, told } = await listen();
  say({ nobody: 0.5, ann: 0.1 });
  await expect.poll(() => told).toEqual(['ann true', 'speakers: ann']);
  expect(room.activeSpeakers).toHaveLength(1);
});

test('is quiet once we have left', async () => {
  const { room, told } = await listen();
  say({ ann: 0.5 });
  await expect.poll(() => told).toHaveLength(2);
  const [ann] = room.activeSpeakers;
  await room.disconnect();
  expect(told.slice(2)).toEqual(['ann false', 'speakers: ']);
  expect(room.activeSpeakers).toEqual([]);
  expect(ann?.isSpeaking).toBe(false);
});
