import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ParticipantRole, ServerEvent } from '@balai/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { GRANTS_OF_ROLE } from '../joining/role-grants.ts';
import type { Actor } from '../sessions/testing/scene.ts';
import { MAX_WAITING } from './lobby.ts';
import { ModerationScene } from './testing/moderation-scene.ts';

let scene: ModerationScene;
let host: Actor;

beforeEach(async () => {
  scene = new ModerationScene();
  scene.rules = { ...scene.rules, hasLobby: true };
  host = await scene.enter('host');
});

const code = (expected: string) => expect.objectContaining({ code: expected });

/** Somebody at the door. */
interface Caller {
  readonly passing: Promise<void>;
  readonly told: ServerEvent[];
  /** Settles when they wait. */
  readonly waits: Promise<void>;
  readonly leave: () => void;
}

function knock(identity: string, parts: Partial<RoomTicket> = {}): Caller {
  const told: ServerEvent[] = [];
  const going = new AbortController();
  const waiting = Promise.withResolvers<void>();
  const passing = scene.lobby.pass({
    ticket: { ...scene.ticket(identity), ...parts },
    send: (event) => told.push(event),
    gone: going.signal,
    waits: () => waiting.resolve(),
  });
  // Each test looks at the outcome itself, perhaps later than it comes.
  passing.catch(() => undefined);
  return { passing, told, waits: waiting.promise, leave: () => going.abort() };
}

function asRole(role: ParticipantRole): Partial<RoomTicket> {
  return { role, grants: GRANTS_OF_ROLE[role] };
}

const names = async (actor = host) =>
  (await scene.lobby.list(actor.stay)).map(({ identity }) => identity);

test('who is sent out waits no more, whichever stay of theirs the token came from', async () => {
  const ann = knock('ann~2', { userId: 'second', bearerId: 'ann' });
  await ann.waits;
  scene.lobby.sendOut('hall', 'ann');
  await expect(ann.passing).rejects.toEqual(code('lobby_denied'));
});

describe('who needs nobody’s word goes in', () => {
  test('where there is no lobby', async () => {
    scene.rules = { ...scene.rules, hasLobby: false };
    await knock('ann').passing;
  });

  test('as host or moderator (SPEC 15.2)', async () => {
    await knock('hera', asRole('host')).passing;
    await knock('mo', asRole('moderator')).passing;
  });

  test('who is there already, and who was let in before (SPEC 15.2)', async () => {
    await scene.join('ann');
    await knock('ann').passing;
    await scene.admissions.add('hall', ['ben']);
    await knock('ben').passing;
    await scene.admissions.forget('hall', 'ben');
    const again = knock('ben');
    await again.waits;
    expect(await names()).toEqual(['ben']);
  });

  test('to check the connection', async () => {
    await knock('ann', { checkEndsAt: 0 }).passing;
  });
});

describe('who waits', () => {
  test('is told so, and those who lead hear of it (SPEC 15.1, 15.3)', async () => {
    const moderator = await scene.enter('moderator');
    const ann = knock('ann');
    await ann.waits;
    expect(ann.told).toEqual(['waiting']);
    for (const { client } of [host, moderator]) {
      await client.until((one) => one.all('lobbyChanged').length > 0);
      expect(client.all('lobbyChanged').at(-1)).toEqual({
        waiting: [
          { identity: 'ann', name: 'Name of ann', since: new Date(scene.now).toISOString() },
        ],
      });
    }
    expect(scene.seats.holders('hall').has('ann')).toBe(false);
  });

  test('is told to who comes to lead later, and to who is made to (SPEC 15.3)', async () => {
    const ben = await scene.enter('participant', 'ben');
    await knock('ann').waits;
    const late = await scene.enter('moderator');
    await late.client.until((client) => client.all('lobbyChanged').length > 0);
    expect(ben.client.all('lobbyChanged')).toEqual([]);
    await scene.moderation.setRole(host.stay, ben.stay.participantId, 'moderator');
    await ben.client.until((client) => client.all('lobbyChanged').length > 0);
  });

  test('comes in when let in, all sockets at once, and does not wait again (SPEC 15.4)', async () => {
    const [ann, second, ben] = [knock('ann'), knock('ann'), knock('ben')];
    await Promise.all([ann.waits, second.waits, ben.waits]);
    expect(await names()).toEqual(['ann', 'ben']);
    await scene.lobby.approve(host.stay, ['ann', 'nobody']);
    await Promise.all([ann.passing, second.passing]);
    expect(await names()).toEqual(['ben']);
    await knock('ann').passing;
  });

  test('is turned away when denied, and for a minute after that (SPEC 15.5)', async () => {
    const ann = knock('ann');
    await ann.waits;
    await scene.lobby.deny(host.stay, ['ann']);
    await expect(ann.passing).rejects.toEqual(code('lobby_denied'));
    await expect(knock('ann').passing).rejects.toEqual(code('lobby_denied'));
    scene.now += 60_000;
    await knock('ann').waits;
    expect(await names()).toEqual(['ann']);
  });

  test('may leave, and is forgotten when the socket is lost (SPEC 15.6)', async () => {
    const ann = knock('ann');
    await ann.waits;
    ann.leave();
    await expect(ann.passing).rejects.toEqual(code('conflict'));
    expect(await names()).toEqual([]);
    await host.client.until((client) => client.all('lobbyChanged').at(-1)?.waiting.length === 0);
  });

  test('and comes again over another socket joins the line anew (SPEC 15.6)', async () => {
    const ann = knock('ann');
    await ann.waits;
    await knock('ben').waits;
    ann.leave();
    await expect(ann.passing).rejects.toEqual(code('conflict'));
    await knock('ann').waits;
    expect(await names()).toEqual(['ben', 'ann']);
  });

  test('is turned away when the room ends, the server stops, or they are signed out (SPEC 15.7)', async () => {
    const [ann, ben] = [knock('ann'), knock('ben', { sessionId: 'session' })];
    await Promise.all([ann.waits, ben.waits]);
    expect(scene.lobby.signedInSessions()).toEqual([{ userId: 'ben', sessionId: 'session' }]);
    scene.lobby.endSessions(['session', 'other']);
    await expect(ben.passing).rejects.toEqual(code('unauthorized'));
    scene.lobby.closeRoom('attic');
    scene.lobby.closeRoom('hall');
    await expect(ann.passing).rejects.toEqual(code('room_ended'));
    const eve = knock('eve');
    await eve.waits;
    scene.lobby.close();
    await expect(eve.passing).rejects.toEqual(code('shutting_down'));
    await expect(knock('eve').passing).rejects.toEqual(code('shutting_down'));
  });

  test('comes in when the lobby is turned off (SPEC 15.8)', async () => {
    const ann = knock('ann');
    await ann.waits;
    await scene.lobby.roomChanged('hall');
    expect(await names()).toEqual(['ann']);
    scene.rules = { ...scene.rules, hasLobby: false };
    await scene.lobby.roomChanged('hall');
    await ann.passing;
  });

  test('is no more than so many', async () => {
    const callers = Array.from({ length: MAX_WAITING }, (_, index) => knock(`person-${index}`));
    await Promise.all(callers.map(({ waits }) => waits));
    await expect(knock('ann').passing).rejects.toEqual(code('room_full'));
    callers[0]?.leave();
    await knock('ann').waits;
  });

  test('does so over a few sockets only', async () => {
    await Promise.all(Array.from({ length: 3 }, () => knock('ann').waits));
    await expect(knock('ann').passing).rejects.toEqual(code('rate_limited'));
    await knock('ben').waits;
    expect(await names()).toEqual(['ann', 'ben']);
  });

  test('does not wait for a room that would not take them (SPEC 15.1)', async () => {
    scene.assertWelcome = () => {
      throw new AppError('banned');
    };
    await expect(knock('ann').passing).rejects.toEqual(code('banned'));
    expect(await names()).toEqual([]);
  });
});

test('a lobby that is turned off while somebody comes lets them in', async () => {
  const looked = vi.spyOn(scene.admissions, 'has');
  const proceed = Promise.withResolvers<boolean>();
  looked.mockReturnValueOnce(proceed.promise);
  const ann = knock('ann');
  await nextTurn();
  scene.rules = { ...scene.rules, hasLobby: false };
  await scene.lobby.roomChanged('hall');
  await ann.passing;
  proceed.resolve(false);
  await nextTurn();
  expect(ann.told).toEqual([]);
});

test.each(['participant', 'listener'] as const)(
  'a %s neither sees who waits nor lets anybody in (SPEC 14.1)',
  async (role) => {
    const { stay } = await scene.enter(role);
    const ann = knock('ann');
    await ann.waits;
    await expect(scene.lobby.list(stay)).rejects.toEqual(code('forbidden'));
    await expect(scene.lobby.deny(stay, ['ann'])).rejects.toEqual(code('forbidden'));
    await expect(scene.lobby.approve(stay, ['ann'])).rejects.toEqual(code('forbidden'));
    expect(await names()).toEqual(['ann']);
  },
);
