import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FakeMediaPlane } from '../features/sessions/testing/fake-media-plane.ts';
import { NodeHost } from './node-host.ts';
import type { CommandMessage, FactMessage, NodeMedia } from './wire.ts';

/** Keeps the rooms that it is told to. */
class KeepingPlane extends FakeMediaPlane {
  readonly kept = new Set<string>();

  async keepRoom(roomId: string): Promise<void> {
    this.kept.add(roomId);
  }

  async releaseRoom(roomId: string): Promise<void> {
    this.kept.delete(roomId);
  }
}

test('a room is kept for as long as any replica keeps it, and its facts go to each of them', async () => {
  const plane = new KeepingPlane();
  const media = plane as unknown as NodeMedia;
  const host = new NodeHost({ media, logger: pino({ level: 'silent' }) });
  const told: string[] = [];
  const open = (replicaId: string, conversationId: string) => {
    const tell = ({ name }: FactMessage) => told.push(`${replicaId} ${name}`);
    return host.resume({ replicaId, conversationId, participantIds: [], received: 0 }, tell);
  };
  let id = 0;
  const command = async (replicaId: string, name: string) => {
    id += 1;
    const message = { id, settled: 0, command: name, args: ['room'] } as unknown;
    expect(await host.command(replicaId, message as CommandMessage)).not.toHaveProperty('error');
  };

  for (const replicaId of ['A', 'B', 'C']) open(replicaId, '1');
  await command('A', 'keepRoom');
  await command('B', 'keepRoom');
  plane.events.emit('audioLevels', { roomId: 'room', levels: [] });
  expect(told).toEqual(['A audioLevels', 'B audioLevels']);
  await command('A', 'releaseRoom');
  expect(plane.kept).toContain('room');
  // It took the node for lost: what it had here it has forgotten.
  open('B', '2');
  await expect.poll(() => plane.kept.size).toBe(0);
  host.close();
});
