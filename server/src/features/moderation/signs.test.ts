import { beforeEach, describe, expect, test } from 'vitest';
import { ModerationScene } from '../lobby/testing/moderation-scene.ts';
import type { Actor } from '../sessions/testing/scene.ts';

let scene: ModerationScene;
let host: Actor;
let ann: Actor;

beforeEach(async () => {
  scene = new ModerationScene();
  host = await scene.enter('host');
  ann = await scene.enter('listener', 'ann');
});

const code = (expected: string) => expect.objectContaining({ code: expected });

async function hidden(): Promise<Actor> {
  const ticket = scene.ticket('ghost');
  return await scene.join('ghost', { ...ticket, grants: { ...ticket.grants, hidden: true } });
}

describe('a hand', () => {
  test('stays up since it was raised, and newcomers see it (SPEC 14.10)', async () => {
    const raisedAt = await scene.signs.raise(ann.stay, true);
    scene.now += 5_000;
    expect(await scene.signs.raise(ann.stay, true)).toBe(raisedAt);
    const ben = await scene.enter('participant', 'ben');
    expect(ben.joined.participants).toContainEqual(
      expect.objectContaining({ identity: 'ann', handRaisedAt: raisedAt }),
    );
    expect(await scene.signs.raise(ann.stay, false)).toBeNull();
    await host.client.until((client) => client.changes().length >= 2);
    const { participantId } = ann.stay;
    expect(host.client.changes()).toContainEqual({ type: 'handChanged', participantId, raisedAt });
    await ben.client.until((client) =>
      client.changes().some((change) => change.type === 'handChanged' && change.raisedAt === null),
    );
  });

  test('that is lowered for somebody tells them by whom (SPEC 14.10)', async () => {
    await scene.signs.raise(ann.stay, true);
    scene.signs.lower(host.stay, ann.stay.participantId);
    scene.signs.lower(host.stay, ann.stay.participantId);
    expect(ann.client.all('handLowered')).toEqual([{ by: 'host' }]);
    expect(() => scene.signs.lower(ann.stay, host.stay.participantId)).toThrow(code('forbidden'));
    expect(() => scene.signs.lower(host.stay, 'nobody')).toThrow(code('not_found'));
  });

  test('is not raised where the room says so, but by those who lead; nor by who is hidden', async () => {
    scene.rules = { ...scene.rules, hasHandRaising: false };
    await expect(scene.signs.raise(ann.stay, true)).rejects.toEqual(code('forbidden'));
    await scene.signs.raise(host.stay, true);
    scene.rules = { ...scene.rules, hasHandRaising: true };
    const ghost = await hidden();
    await expect(scene.signs.raise(ghost.stay, true)).rejects.toEqual(code('forbidden'));
  });
});

describe('a reaction', () => {
  test('reaches everybody, its sender included (SPEC 14.11)', async () => {
    await scene.signs.react(ann.stay, '🎉');
    const reacted = { participantId: ann.stay.participantId, reaction: '🎉' };
    expect(host.client.all('reacted')).toEqual([reacted]);
    expect(ann.client.all('reacted')).toEqual([reacted]);
  });

  test('is not sent where the room says so, nor by who is hidden', async () => {
    scene.rules = { ...scene.rules, hasReactions: false };
    await expect(scene.signs.react(ann.stay, '👍')).rejects.toEqual(code('forbidden'));
    await scene.signs.react(host.stay, '👍');
    const ghost = await hidden();
    scene.rules = { ...scene.rules, hasReactions: true };
    await expect(scene.signs.react(ghost.stay, '👍')).rejects.toEqual(code('forbidden'));
  });

  test('beyond what a room can show is refused, and goes again later', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 70 }, () => scene.signs.react(ann.stay, '👏')),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({ reason: { code: 'rate_limited' } });
    scene.now += 1_000;
    await scene.signs.react(ann.stay, '👏');
  });
});
