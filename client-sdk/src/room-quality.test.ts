import type { ConnectionQuality } from '@balai/protocol';
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

function say(qualities: Readonly<Record<string, ConnectionQuality>>): void {
  server.say('qualitiesChanged', {
    qualities: Object.entries(qualities).map(([name, quality]) => ({
      participantId: `stay-of-${name}`,
      quality,
    })),
  });
}

test('tells how well people are connected, ourselves included, as far as it changed (SPEC 12.1)', async () => {
  const { room, connect } = setUpRoom(url);
  await connect();
  const told: string[] = [];
  room.on('connectionQualityChanged', (quality, { identity }) => {
    told.push(`${identity} ${quality}`);
  });
  const ann = room.remoteParticipants.get('ann');
  ann?.on('connectionQualityChanged', (quality) => told.push(`of her own: ${quality}`));
  expect(ann?.connectionQuality).toBe('unknown');
  say({ ann: 'poor', me: 'excellent', nobody: 'lost' });
  say({ ann: 'poor', ben: 'good' });
  await expect
    .poll(() => told)
    .toEqual(['ann poor', 'of her own: poor', 'me excellent', 'ben good']);
  expect(ann?.connectionQuality).toBe('poor');
  expect(room.localParticipant.connectionQuality).toBe('excellent');
  await room.disconnect();
  expect(room.localParticipant.connectionQuality).toBe('unknown');
});
