import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Actor, ALL_GRANTS, Scene } from './testing/scene.ts';

const HIDDEN = { ...ALL_GRANTS, hidden: true };

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

function enterHidden(): Promise<Actor> {
  return scene.join('spy', scene.ticket('spy', 'hall', HIDDEN));
}

describe('who is hidden (SPEC 16.5)', () => {
  test('is told to nobody, and hears everything', async () => {
    const ann = await scene.join('ann');
    const spy = await enterHidden();
    const ben = await scene.join('ben');
    expect(spy.joined.participants).toMatchObject([{ identity: 'ann' }]);
    expect(ben.joined.participants).toMatchObject([{ identity: 'ann' }]);
    await spy.client.until((client) => client.changes().length > 0);
    expect(spy.client.changes()).toEqual([
      { type: 'participantJoined', participant: ben.joined.self },
    ]);
    scene.sessions.end(spy.stay, 'client_initiated');
    const carl = await scene.join('carl');
    await ann.client.until((client) => client.changes().length > 1);
    expect(ann.client.changes()).toEqual([
      { type: 'participantJoined', participant: ben.joined.self },
      { type: 'participantJoined', participant: carl.joined.self },
    ]);
  });

  test('hears nothing twice that was on its way when they came', async () => {
    await scene.join('ann');
    await scene.join('ben');
    const spy = await enterHidden();
    const carl = await scene.join('carl');
    await spy.client.until((client) => client.changes().length > 0);
    expect(spy.client.changes()).toEqual([
      { type: 'participantJoined', participant: carl.joined.self },
    ]);
  });

  test('may send nothing, receives, and holds a seat', async () => {
    const { joined } = await enterHidden();
    expect(joined).toMatchObject({ sendTransport: null, receiveTransport: {} });
    expect(joined.grants).toMatchObject({ data: false, publish: { camera: false } });
    expect([...scene.seats.holders('hall').keys()]).toEqual(['spy']);
    scene.facts.maxUsers = 1;
    await expect(scene.join('ann')).rejects.toEqual(code('room_full'));
  });

  test('comes and goes for the others with the grant', async () => {
    const ann = await scene.join('ann');
    const spy = await enterHidden();
    scene.sessions.setGrants(spy.stay, ALL_GRANTS);
    await ann.client.until((client) => client.changes().length === 1);
    scene.sessions.setGrants(spy.stay, HIDDEN);
    await ann.client.until((client) => client.changes().length === 2);
    const { participantId } = spy.stay;
    expect(ann.client.changes()).toEqual([
      { type: 'participantJoined', participant: spy.joined.self },
      { type: 'participantLeft', participantId, reason: 'client_initiated' },
    ]);
    expect(spy.client.changes()).toEqual([]);
    expect(spy.client.all('roleChanged').map(({ grants }) => grants.hidden)).toEqual([false, true]);
  });

  test('stays hidden when they get another role', async () => {
    const spy = await enterHidden();
    scene.sessions.setRole('hall', 'spy', 'moderator', { ...ALL_GRANTS, moderate: true });
    expect(spy.stay.ticket).toMatchObject({ role: 'moderator', grants: { hidden: true } });
  });

  test('hears of what becomes of themselves, and nobody else does', async () => {
    const ann = await scene.join('ann');
    const spy = await enterHidden();
    scene.sessions.updateParticipant(spy.stay, { name: 'Agent' });
    const ben = await scene.join('ben');
    await ann.client.until((client) => client.changes().length > 0);
    expect(ann.client.changes()).toMatchObject([{ type: 'participantJoined' }]);
    expect(spy.client.changes()[0]).toMatchObject({ type: 'participantUpdated', name: 'Agent' });
    expect(ben.joined.participants).toHaveLength(1);
  });
});

describe('what others see of somebody (SPEC 16.6, 16.7)', () => {
  test('changes for everybody who is there and who comes, themselves included', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    scene.sessions.updateParticipant(ann.stay, {
      name: 'Anna',
      metadata: '{"team":1}',
      attributes: { colour: 'red', seat: '3' },
    });
    const { participantId } = ann.stay;
    const told = {
      type: 'participantUpdated',
      participantId,
      name: 'Anna',
      metadata: '{"team":1}',
      attributes: { colour: 'red', seat: '3' },
    };
    await ben.client.until((client) => client.changes().length > 0);
    expect(ben.client.changes()).toEqual([told]);
    expect(ann.client.changes().at(-1)).toEqual(told);
    const { joined } = await scene.join('carl');
    expect(joined.participants[0]).toMatchObject({ name: 'Anna', attributes: { seat: '3' } });
    expect(ann.stay.ticket).toMatchObject({ name: 'Anna', metadata: '{"team":1}' });
  });

  test('stays where it is not named; an empty attribute goes', async () => {
    const ticket = { ...scene.ticket('ann'), attributes: { a: '1', b: '2' }, metadata: 'x' };
    const ann = await scene.join('ann', ticket);
    expect(ann.joined.self).toMatchObject({ attributes: { a: '1', b: '2' }, metadata: 'x' });
    scene.sessions.updateParticipant(ann.stay, { attributes: { b: '', c: '3' } });
    await ann.client.until((client) => client.changes().length > 0);
    expect(ann.client.changes()).toEqual([
      {
        type: 'participantUpdated',
        participantId: ann.stay.participantId,
        attributes: { a: '1', c: '3' },
      },
    ]);
    scene.sessions.updateParticipant(ann.stay, {});
    await nextTurn();
    expect(ann.client.changes()).toHaveLength(1);
  });

  test('has bounds, over all that there is then', async () => {
    const ann = await scene.join('ann');
    const many = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));
    scene.sessions.updateParticipant(ann.stay, { attributes: many('a', LIMITS.attributes) });
    expect(() => scene.sessions.updateParticipant(ann.stay, { attributes: { b: 'x' } })).toThrow(
      code('invalid_request'),
    );
    scene.sessions.updateParticipant(ann.stay, { attributes: { a0: '', b: 'x' } });
    const large = 'é'.repeat(LIMITS.attributesBytes / 2);
    expect(() => scene.sessions.updateParticipant(ann.stay, { attributes: { b: large } })).toThrow(
      code('invalid_request'),
    );
    expect(ann.stay.ticket.attributes['b']).toBe('x');
  });
});

test('a room that changes while somebody comes is told them as it is then (SPEC 16.8)', async () => {
  const ann = await scene.join('ann');
  const release = scene.media.hold('join');
  const joining = scene.join('ben');
  await nextTurn();
  const room = { ...ann.joined.room, metadata: 'new' };
  scene.sessions.recordInRoom('hall', { type: 'roomUpdated', room });
  release();
  const ben = await joining;
  expect(ben.joined.room).toEqual(room);
  await ann.client.until((client) => client.changes().length > 0);
  expect(ann.client.changes()[0]).toEqual({ type: 'roomUpdated', room });
});
