import type { ParticipantRole } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { ticketOf } from '../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { GRANTS_OF_ROLE } from '../joining/role-grants.ts';
import type { EntryFacts } from './bans.ts';
import { createDoor, type Door } from './door.ts';

let entry: EntryFacts;
let findEntry: (userId: string) => Promise<EntryFacts>;
let isLocked: boolean;
let wasSentOut: boolean;
let door: Door;

beforeEach(() => {
  entry = { isBanned: false, isRecent: false, given: null };
  findEntry = async () => entry;
  isLocked = false;
  wasSentOut = false;
  door = createDoor({
    bans: { findEntry: (_roomId, userId) => findEntry(userId) },
    rules: {
      find: async () => ({
        metadata: '',
        projectId: null,
        duplicateIdentity: 'replace',
        breakoutOf: null,
        isLocked,
        spotlight: [],
        hasLobby: false,
        isStage: false,
        hasReactions: true,
        hasHandRaising: true,
      }),
    },
    wasSentOut: async () => wasSentOut,
    grantsOf: (role) => GRANTS_OF_ROLE[role],
  });
});

const ISSUED_AT = 10_000;

function ticket(role: ParticipantRole = 'participant'): RoomTicket {
  const grants = GRANTS_OF_ROLE[role];
  return ticketOf({
    roomId: 'hall',
    identity: 'ann',
    name: 'Ann',
    role,
    grants,
    issuedAt: ISSUED_AT,
  });
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a lock', () => {
  beforeEach(() => {
    isLocked = true;
  });

  test('is shut for strangers, and open for who leads, is there, or was lately (SPEC 14.7)', async () => {
    await expect(door.admit(ticket(), false)).rejects.toEqual(code('room_locked'));
    await expect(door.assertAdmissible(asComer())).rejects.toEqual(code('room_locked'));
    await door.admit(ticket('moderator'), false);
    await door.admit(ticket('host'), false);
    await door.admit(ticket(), true);
    entry = { ...entry, isRecent: true };
    await door.admit(ticket(), false);
    wasSentOut = true;
    await expect(door.admit(ticket(), false)).rejects.toEqual(code('room_locked'));
  });

  test('is not passed with a token of a role that was taken', async () => {
    entry = { ...entry, given: { role: 'participant', at: ISSUED_AT } };
    await expect(door.admit(ticket('moderator'), false)).rejects.toEqual(code('room_locked'));
  });
});

test('a ban concerns whose token it was, whichever stay of theirs it came from', async () => {
  const banned = { isBanned: true, isRecent: false, given: null };
  findEntry = async (userId) => (userId === 'ann' ? banned : entry);
  const second = { ...ticket(), userId: 'ann~2', identity: 'ann~2' };
  await door.admit(second, false);
  await expect(door.admit({ ...second, bearerId: 'ann' }, false)).rejects.toEqual(code('banned'));
});

test('a ban keeps everybody out but the host', async () => {
  entry = { ...entry, isBanned: true };
  await expect(door.admit(ticket('moderator'), true)).rejects.toEqual(code('banned'));
  await expect(door.assertAdmissible(asComer())).rejects.toEqual(code('banned'));
  await door.admit(ticket('host'), false);
});

describe('a token from before a role was given', () => {
  test('lets its bearer in with that role (SPEC 14.8)', async () => {
    entry = { ...entry, given: { role: 'listener', at: ISSUED_AT + 1 } };
    const admitted = await door.admit(ticket(), false);
    expect(admitted).toMatchObject({ role: 'listener', grants: GRANTS_OF_ROLE.listener });
    expect(await door.settle(ticket('moderator'))).toEqual({ ...ticket('listener') });
  });

  test('hides its bearer as before', async () => {
    entry = { ...entry, given: { role: 'moderator', at: ISSUED_AT + 1 } };
    const grants = { ...GRANTS_OF_ROLE.participant, hidden: true };
    const admitted = await door.admit({ ...ticket(), grants }, false);
    expect(admitted.grants).toEqual({ ...GRANTS_OF_ROLE.moderator, hidden: true });
  });

  test('is another than one from after it, and than a host’s', async () => {
    entry = { ...entry, given: { role: 'listener', at: ISSUED_AT - 1 } };
    expect(await door.admit(ticket(), false)).toEqual(ticket());
    entry = { ...entry, given: { role: 'listener', at: ISSUED_AT + 1 } };
    expect(await door.admit(ticket('host'), false)).toEqual(ticket('host'));
  });
});

function asComer() {
  return { ...ticket(), roomId: 'hall' };
}
