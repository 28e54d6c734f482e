import { beforeEach, expect, test } from 'vitest';
import { ModerationScene } from '../lobby/testing/moderation-scene.ts';
import type { Actor } from '../sessions/testing/scene.ts';
import { INVITATION_MS } from './stage.ts';

let scene: ModerationScene;
let moderator: Actor;
let ann: Actor;

beforeEach(async () => {
  scene = new ModerationScene();
  moderator = await scene.enter('moderator');
  ann = await scene.enter('listener', 'ann');
});

const code = (expected: string) => expect.objectContaining({ code: expected });

test('who is called up comes as a participant, and their hand goes down (SPEC 14.12)', async () => {
  await scene.signs.raise(ann.stay, true);
  scene.stage.invite(moderator.stay, ann.stay.participantId);
  expect(ann.client.all('stageInvited')).toEqual([{ by: 'moderator' }]);
  expect(ann.stay.ticket.role).toBe('listener');
  await scene.stage.accept(ann.stay);
  expect(ann.stay.ticket.role).toBe('participant');
  expect(ann.client.all('handLowered')).toHaveLength(1);
  await scene.publish(ann);
});

test('who was not called does not come, and neither does who was called too long ago (SPEC 14.12)', async () => {
  await expect(scene.stage.accept(ann.stay)).rejects.toEqual(code('forbidden'));
  scene.stage.invite(moderator.stay, ann.stay.participantId);
  scene.now += INVITATION_MS + 1;
  await expect(scene.stage.accept(ann.stay)).rejects.toEqual(code('forbidden'));
  expect(ann.stay.ticket.role).toBe('listener');
});

test('a call is good once, and not after another role in between', async () => {
  const { participantId } = ann.stay;
  scene.stage.invite(moderator.stay, participantId);
  await scene.moderation.setRole(moderator.stay, participantId, 'participant');
  await scene.moderation.setRole(moderator.stay, participantId, 'listener');
  await expect(scene.stage.accept(ann.stay)).rejects.toEqual(code('forbidden'));
});

test('a call is good only while its caller may call (SPEC 14.12)', async () => {
  const host = await scene.enter('host');
  scene.stage.invite(moderator.stay, ann.stay.participantId);
  await scene.moderation.setRole(host.stay, moderator.stay.participantId, 'participant');
  await expect(scene.stage.accept(ann.stay)).rejects.toEqual(code('forbidden'));
  expect(ann.stay.ticket.role).toBe('listener');
});

test('who declines is told of to who called, and cannot come after all', async () => {
  const { participantId } = ann.stay;
  scene.stage.invite(moderator.stay, participantId);
  scene.stage.decline(ann.stay);
  expect(moderator.client.all('stageDeclined')).toEqual([{ participantId }]);
  await expect(scene.stage.accept(ann.stay)).rejects.toEqual(code('forbidden'));
});

test('only listeners are called, and only by those who lead', async () => {
  const ben = await scene.enter('participant', 'ben');
  expect(() => scene.stage.invite(moderator.stay, ben.stay.participantId)).toThrow(
    code('forbidden'),
  );
  expect(() => scene.stage.invite(ben.stay, ann.stay.participantId)).toThrow(code('forbidden'));
  expect(() => scene.stage.invite(moderator.stay, 'nobody')).toThrow(code('not_found'));
});
