import { randomUUID } from 'node:crypto';
import {
  type Grants,
  type Method,
  may,
  mayAct,
  type OtherAct,
  PARTICIPANT_ROLES,
  type Params,
  type ParticipantRole,
  type PersonAct,
  POLICY,
  type Reply,
  type RoomId,
  type ServerEvent,
} from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRANTS_OF_ROLE } from '../../features/joining/role-grants.ts';
import { FAKE_RTP_PARAMETERS } from '../../features/sessions/testing/fake-media-plane.ts';
import { handshakeOf } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

/*
 * Every cell of the policy, tried on the server with a client that asks for
 * whatever it likes.
 */

let server: TestSignalling;
let roomId: RoomId;

beforeAll(async () => {
  server = await createTestSignalling();
  roomId = await server.addRoom(10_000);
});

afterAll(() => server.close());

/** What somebody hears to whom something was done. */
const CONSEQUENCES: readonly ServerEvent[] = [
  'trackModerated',
  'unmuteRequested',
  'goodbye',
  'roleChanged',
  'stageInvited',
  'handLowered',
];

function ask<M extends Method>({ client }: Guest, method: M, params: Params<M>) {
  return client.ask(method, params);
}

/** Somebody of a role who has a microphone on, whatever role that is, and their hand up. */
async function enterBusy(role: ParticipantRole): Promise<Guest & { readonly trackId: string }> {
  const { publish } = GRANTS_OF_ROLE.host;
  const guest = await enter(role, { ...GRANTS_OF_ROLE[role], publish });
  const { trackId } = await guest.client.request('track.publish', {
    clientTrackId: 'microphone',
    source: 'microphone',
    name: '',
    isMuted: false,
    width: 0,
    height: 0,
    rtpParameters: {
      ...FAKE_RTP_PARAMETERS,
      codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    },
  });
  await guest.client.request('hand.raise', { isRaised: true });
  return { ...guest, trackId };
}

async function enter(role: ParticipantRole, grants = GRANTS_OF_ROLE[role]): Promise<Guest> {
  const token = server.tokenFor(roomId, await server.addUser('Somebody'), grants, null, role);
  const client = server.open(handshakeOf(token));
  return { client, joined: await client.next('joined') };
}

type Try<Target extends readonly unknown[]> = (
  actor: Guest,
  ...target: Target
) => Promise<Reply<Method>>;
type PersonTry = Try<[{ readonly participantId: string; readonly trackId: string }]>;

const PERSON_TRIES: Readonly<Record<PersonAct, PersonTry>> = {
  mute: (actor, { trackId }) => ask(actor, 'moderation.mute', { trackId }),
  // Whom it silences is seen by what they hear; who may silence nobody is refused.
  muteAll: (actor) => ask(actor, 'moderation.muteAll', {}),
  askToUnmute: (actor, { participantId }) =>
    ask(actor, 'moderation.askToUnmute', { participantId, source: 'microphone' }),
  stopTrack: (actor, { trackId }) => ask(actor, 'moderation.stopTrack', { trackId }),
  remove: (actor, { participantId }) => ask(actor, 'moderation.remove', { participantId }),
  ban: (actor, { participantId }) => ask(actor, 'moderation.ban', { participantId }),
  makeModerator: (actor, { participantId }) =>
    ask(actor, 'moderation.setRole', { participantId, role: 'moderator' }),
  makeParticipant: (actor, { participantId }) =>
    ask(actor, 'moderation.setRole', { participantId, role: 'participant' }),
  makeListener: (actor, { participantId }) =>
    ask(actor, 'moderation.setRole', { participantId, role: 'listener' }),
  inviteToStage: (actor, { participantId }) => ask(actor, 'stage.invite', { participantId }),
  lowerHand: (actor, { participantId }) => ask(actor, 'hand.lower', { participantId }),
};

const ROLE_OF_ACT: Partial<Record<PersonAct, ParticipantRole>> = {
  makeModerator: 'moderator',
  makeParticipant: 'participant',
  makeListener: 'listener',
};

const PERSON_CELLS = (Object.keys(PERSON_TRIES) as PersonAct[]).flatMap((act) =>
  PARTICIPANT_ROLES.flatMap((actor) =>
    PARTICIPANT_ROLES.flatMap((target) =>
      // To give somebody the role that they have is no act.
      ROLE_OF_ACT[act] === target
        ? []
        : [{ act, actor, target, expected: mayAct(act, actor, target) ? 'done' : 'refused' }],
    ),
  ),
);

describe('what is done to others (SPEC 14.1)', () => {
  test.each(PERSON_CELLS)('$act by a $actor to a $target is $expected', async (cell) => {
    const { act, actor: role, target: targetRole, expected } = cell;
    const [actor, target] = await Promise.all([enter(role), enterBusy(targetRole)]);
    const { participantId } = target.joined.self;
    const reply = await PERSON_TRIES[act](actor, { participantId, trackId: target.trackId });
    // Who may do it to some is answered, and passes over the others.
    const isAnswered = act === 'muteAll' ? POLICY[act].by[role].length > 0 : expected === 'done';
    expect(reply).toMatchObject(
      isAnswered ? { ok: true } : { ok: false, error: { code: 'forbidden' } },
    );
    const heard = () => CONSEQUENCES.filter((event) => target.client.all(event).length > 0);
    if (expected === 'done') {
      await target.client.until(() => heard().length > 0);
    } else {
      // What was done would have been told before the answer to this.
      if (target.client.socket.connected) {
        await target.client.request('room.token', {});
      }
      expect(heard()).toEqual([]);
      const stay = server.sessions.findParticipant(participantId);
      expect(stay).toMatchObject({ isOver: false, ticket: { role: targetRole } });
      expect(server.media.muted.has(target.trackId)).toBe(false);
    }
    actor.client.close();
    target.client.close();
  });
});

type SignalledAct = Exclude<OtherAct, 'changeRoom' | 'endMeeting'>;

/** Arranges what the act needs, then tries it. */
const OTHER_TRIES: Readonly<Record<SignalledAct, Try<[]>>> = {
  lift: (actor) => ask(actor, 'moderation.bans', {}),
  lock: (actor) => ask(actor, 'moderation.lock', { isLocked: false }),
  admit: (actor) => ask(actor, 'lobby.approve', { identities: ['nobody'] }),
  spotlight: (actor) => ask(actor, 'moderation.spotlight', { identities: [] }),
  breakouts: (actor) => ask(actor, 'breakouts.list', {}),
  async deleteMessages(actor) {
    const author = await enter('participant');
    const messageId = randomUUID();
    await author.client.request('chat.send', { messageId, text: 'Hello' });
    author.client.close();
    return await ask(actor, 'chat.delete', { messageId });
  },
  async speakWhereSilent(actor) {
    await server.set(roomId, 'chat_enabled', false);
    const reply = await ask(actor, 'chat.send', { messageId: randomUUID(), text: 'Hello' });
    await server.set(roomId, 'chat_enabled', true);
    return reply;
  },
  async passLock({ joined: { self } }) {
    const grants: Grants = GRANTS_OF_ROLE[self.role];
    const identity = await server.addUser('New');
    await server.stores.owner.query('UPDATE rooms SET is_locked = TRUE WHERE id = $1', [roomId]);
    await server.set(roomId, 'lobby_enabled', false);
    const token = server.tokenFor(roomId, identity, grants, null, self.role);
    const client = server.open(handshakeOf(token));
    await client.until((one) => one.all('joined').length + one.all('refused').length > 0);
    await server.stores.owner.query('UPDATE rooms SET is_locked = FALSE WHERE id = $1', [roomId]);
    await server.set(roomId, 'lobby_enabled', false);
    const [refusal] = client.all('refused');
    client.close();
    expect(refusal?.code ?? 'room_locked').toBe('room_locked');
    return refusal === undefined
      ? { ok: true, result: null }
      : { ok: false, error: { ...refusal, code: 'forbidden' } };
  },
  raiseHand: (actor) => ask(actor, 'hand.raise', { isRaised: true }),
  react: (actor) => ask(actor, 'reaction.send', { reaction: '👍' }),
  async answerStage(actor) {
    const host = await enter('host');
    const { participantId } = actor.joined.self;
    // Who is no listener cannot be called, and comes uncalled.
    await ask(host, 'stage.invite', { participantId });
    const reply = await ask(actor, 'stage.accept', {});
    host.client.close();
    return reply;
  },
};

const OTHER_CELLS = (Object.keys(OTHER_TRIES) as SignalledAct[]).flatMap((act) =>
  PARTICIPANT_ROLES.map((role) => ({
    act,
    role,
    expected: may(act, role) ? 'done' : 'refused',
  })),
);

/** What is asked beside the one try of an act, by who may not. */
const FURTHER: readonly (readonly [Method, Params<Method>])[] = [
  ['moderation.unban', { identity: 'nobody' }],
  ['moderation.lock', { isLocked: true }],
  ['lobby.list', {}],
  ['breakouts.create', { rooms: [{ name: 'Mine', identities: [] }] }],
  ['breakouts.assign', { identity: 'nobody', roomId: null }],
  ['breakouts.broadcast', { messageId: randomUUID(), text: 'Hello' }],
  ['breakouts.recall', {}],
  ['lobby.deny', { identities: ['nobody'] }],
  ['moderation.muteAll', {}],
];

describe('what is done to the room, and for oneself (SPEC 14.1)', () => {
  test.each(OTHER_CELLS)('$act by a $role is $expected', async ({ act, role, expected }) => {
    const actor = await enter(role);
    expect(await OTHER_TRIES[act](actor)).toMatchObject(
      expected === 'done' ? { ok: true } : { ok: false, error: { code: 'forbidden' } },
    );
    actor.client.close();
  });

  test.each(['participant', 'listener'] as const)('a %s leads nothing', async (role) => {
    const { client } = await enter(role);
    for (const [method, params] of FURTHER) {
      expect(await client.ask(method, params), method).toMatchObject({
        ok: false,
        error: { code: 'forbidden' },
      });
    }
    client.close();
  });

  test('grants count, not only the name of a role', async () => {
    const weak = await enter('moderator', { ...GRANTS_OF_ROLE.moderator, moderate: false });
    const strong = await enter('participant', { ...GRANTS_OF_ROLE.participant, moderate: true });
    expect(await ask(weak, 'moderation.bans', {})).toMatchObject({ ok: false });
    expect(await ask(strong, 'moderation.bans', {})).toMatchObject({ ok: true });
    weak.client.close();
    strong.client.close();
  });
});
