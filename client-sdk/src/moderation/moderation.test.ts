import type { Joined, LobbyEntry, ParticipantInfo, RoomChange } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cameraOf,
  joined,
  participant,
  type Script,
  ScriptedServer,
  wireError,
} from '../../test/fakes/scripted-server.ts';
import { setUpRoom, withMedia } from '../../test/room-bench.ts';
import type { Participant } from '../participants/participant.ts';
import { Moderation } from './index.ts';

const AT = (second: number) => `2026-01-31T12:00:0${second}.000Z`;
const DREW: LobbyEntry = { identity: 'drew', name: 'Drew', since: AT(1) };
const GROUP = { id: 'room-2', name: 'Group 1', identities: ['ann'] };

let server: ScriptedServer;
let url: string;

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(() => server.close());

function raised(name: string, handRaisedAt: string): ParticipantInfo {
  return { ...participant(name), handRaisedAt };
}

function asHost(parts: Partial<Joined> = {}): Joined {
  return withMedia({
    self: { ...participant('me'), role: 'host' },
    grants: { ...joined().grants, moderate: true },
    participants: [participant('ann', [cameraOf('ann')]), participant('ben')],
    ...parts,
  });
}

const EMPTY: Script = {
  'lobby.list': () => ({ waiting: [] }),
  'breakouts.list': () => ({ rooms: [] }),
};

function called(participants: readonly Participant[]): string {
  return participants.map(({ identity }) => identity).join();
}

/** A room that looks like this, and what is told of how it is led. */
async function enter(message: Joined, script: Script = {}) {
  server.welcome = (socket) => socket.emit('joined', message);
  server.script = { ...EMPTY, ...script };
  const parts = setUpRoom(url, { reconnectPolicy: { nextRetryDelayInMs: () => 0 } });
  server.joinInfo = parts.joinInfo;
  const moderation = Moderation.of(parts.room);
  const told: string[] = [];
  moderation
    .on('handRaised', ({ identity }, position) => told.push(`${identity} raises, ${position}.`))
    .on('handLowered', ({ identity }, by) => told.push(`${identity} lowers, by ${by?.identity}`))
    .on('raisedHandsChanged', (hands) => told.push(`hands: ${called(hands)}`))
    .on('reacted', ({ identity }, reaction) => told.push(`${identity} ${reaction}`))
    .on('unmuteRequested', (source, by) => told.push(`unmute ${source}, says ${by?.identity}`))
    .on('trackModerated', ({ source }, action, by) =>
      told.push(`${source} ${action} by ${by?.identity}`),
    )
    .on('lockChanged', (isLocked) => told.push(isLocked ? 'locked' : 'open'))
    .on('spotlightChanged', (people) => told.push(`spotlight: ${called(people)}`))
    .on('lobbyChanged', (waiting) => told.push(`lobby: ${waiting.map(({ name }) => name).join()}`))
    .on('stageInvited', (by) => told.push(`come up, says ${by?.identity}`))
    .on('stageInvitationEnded', () => told.push('answered'))
    .on('stageDeclined', ({ identity }) => told.push(`${identity} does not come`))
    .on('breakoutsChanged', (rooms) => told.push(`rooms: ${rooms.map(({ name }) => name).join()}`));
  await parts.connect();
  const change = (...changes: RoomChange[]) => server.say('changed', { changes });
  const find = (identity: string) => {
    const found = parts.room.getParticipantByIdentity(identity);
    if (!found) throw new Error(`${identity} is not there`);
    return found;
  };
  return { ...parts, moderation, told, change, find };
}

function handOf(name: string, raisedAt: string | null): RoomChange {
  return { type: 'handChanged', participantId: participant(name).participantId, raisedAt };
}

test('there is one for each room', () => {
  const { room } = setUpRoom(url);
  expect(Moderation.of(room)).toBe(Moderation.of(room));
  expect(Moderation.of(setUpRoom(url).room)).not.toBe(Moderation.of(room));
});

describe('hands (SPEC 14.10)', () => {
  test('are in the order in which they were raised', async () => {
    const { moderation, told, change } = await enter(
      joined({ participants: [raised('ann', AT(2)), participant('ben'), participant('cas')] }),
    );
    expect(told).toEqual(['hands: ann']);
    change(handOf('ben', AT(5)), handOf('cas', AT(1)));
    await expect.poll(() => told.at(-1)).toBe('hands: cas,ann,ben');
    expect(told.slice(1)).toEqual(['cas raises, 1.', 'ben raises, 3.', 'hands: cas,ann,ben']);
    change(handOf('ann', null));
    await expect.poll(() => told.at(-1)).toBe('hands: cas,ben');
    expect(told.at(-2)).toBe('ann lowers, by undefined');
    expect(called(moderation.raisedHands)).toBe('cas,ben');
  });

  test('of who comes and leaves are neither raised nor lowered', async () => {
    const { told, change } = await enter(joined());
    change({ type: 'participantJoined', participant: raised('ann', AT(1)) });
    await expect.poll(() => told).toEqual(['hands: ann']);
    const { participantId } = participant('ann');
    change({ type: 'participantLeft', participantId, reason: 'client_initiated' });
    await expect.poll(() => told).toEqual(['hands: ann', 'hands: ']);
  });

  test('of our own have their place, too, and others may lower them', async () => {
    const { moderation, told, find } = await enter(
      joined({ participants: [raised('ann', AT(1))] }),
      {
        'hand.raise': ({ isRaised }) => ({ raisedAt: isRaised ? AT(2) : null }),
      },
    );
    await moderation.raiseHand();
    expect(told.slice(1)).toEqual(['me raises, 2.', 'hands: ann,me']);
    expect(find('me').handRaisedAt).toEqual(new Date(AT(2)));
    server.say('handLowered', { by: 'ann' });
    await expect.poll(() => told.slice(3)).toEqual(['me lowers, by ann', 'hands: ann']);
    await moderation.raiseHand();
    await moderation.lowerHand();
    expect(told.slice(-2)).toEqual(['me lowers, by undefined', 'hands: ann']);
    await moderation.lowerHand(find('ann'));
    expect(server.paramsOf('hand.raise').map(({ isRaised }) => isRaised)).toEqual([
      true,
      true,
      false,
    ]);
    expect(server.paramsOf('hand.lower')).toEqual([{ participantId: 'stay-of-ann' }]);
  });

  test('that are refused stay down', async () => {
    const { moderation, told } = await enter(joined(), {
      'hand.raise': () => {
        throw wireError('forbidden');
      },
    });
    await expect(moderation.raiseHand()).rejects.toMatchObject({
      name: 'ServerError',
      code: 'forbidden',
    });
    expect(told).toEqual([]);
  });

  test('that changed while the connection was lost are told', async () => {
    const first = joined({ graceMs: 0, participants: [raised('ann', AT(1)), participant('ben')] });
    const { told } = await enter(first);
    const later = joined({ participants: [participant('ann'), raised('ben', AT(2))] });
    server.welcome = (socket) => socket.emit('joined', later);
    server.hangUp();
    await expect.poll(() => told.at(-1)).toBe('hands: ben');
    expect(told.slice(1)).toEqual(['ann lowers, by undefined', 'ben raises, 1.', 'hands: ben']);
  });

  test('are known although an application takes off its listeners', async () => {
    const { room, moderation } = await enter(joined({ self: raised('me', AT(1)) }));
    room.removeAllListeners();
    server.script = { ...EMPTY, 'room.leave': () => null };
    await room.disconnect();
    expect(moderation.raisedHands).toEqual([]);
  });

  test('are all gone when we are', async () => {
    const { room, moderation, told } = await enter(
      joined({ self: raised('me', AT(1)), room: { ...joined().room, isLocked: true } }),
    );
    server.script = { ...EMPTY, 'room.leave': () => null };
    await room.disconnect();
    expect(moderation.raisedHands).toEqual([]);
    expect(moderation.isLocked).toBe(false);
    expect(told).toEqual(['hands: me', 'locked', 'hands: ', 'open']);
  });
});

describe('people (SPEC 14.2, 14.3, 14.4, 14.11)', () => {
  test('are led by requests that name their stay or their track', async () => {
    const { moderation, find } = await enter(asHost(), {
      'moderation.muteAll': () => ({ muted: 2 }),
    });
    const ann = find('ann');
    await moderation.mute(ann, 'camera');
    expect(await moderation.muteAll()).toBe(2);
    await moderation.askToUnmute(ann);
    await moderation.stopTrack(ann, 'camera');
    await moderation.setRole(ann, 'moderator');
    await moderation.inviteToStage(ann);
    await moderation.setSpotlight([ann, find('ben')]);
    await moderation.setLocked(true);
    await moderation.remove(ann);
    await moderation.ban(ann, 'loud');
    await moderation.unban('cas');
    await moderation.sendReaction('🎉');
    expect(server.requests.filter(({ method }) => !method.endsWith('.list'))).toEqual([
      { method: 'moderation.mute', params: { trackId: 'camera-of-ann' } },
      { method: 'moderation.muteAll', params: {} },
      {
        method: 'moderation.askToUnmute',
        params: { participantId: 'stay-of-ann', source: 'microphone' },
      },
      { method: 'moderation.stopTrack', params: { trackId: 'camera-of-ann' } },
      { method: 'moderation.setRole', params: { participantId: 'stay-of-ann', role: 'moderator' } },
      { method: 'stage.invite', params: { participantId: 'stay-of-ann' } },
      { method: 'moderation.spotlight', params: { identities: ['ann', 'ben'] } },
      { method: 'moderation.lock', params: { isLocked: true } },
      { method: 'moderation.remove', params: { participantId: 'stay-of-ann' } },
      { method: 'moderation.ban', params: { participantId: 'stay-of-ann', reason: 'loud' } },
      { method: 'moderation.unban', params: { identity: 'cas' } },
      { method: 'reaction.send', params: { reaction: '🎉' } },
    ]);
  });

  test('who publish no such thing cannot be muted, and nobody is asked', async () => {
    const { moderation, find } = await enter(asHost());
    await expect(moderation.mute(find('ben'))).rejects.toMatchObject({ code: 'track_not_found' });
    await expect(moderation.stopTrack(find('ben'), 'camera')).rejects.toMatchObject({
      code: 'track_not_found',
    });
    expect(server.paramsOf('moderation.mute')).toEqual([]);
  });

  test('who were banned are listed', async () => {
    const bans = [{ identity: 'cas', name: 'Cas', reason: '', bannedAt: AT(1) }];
    const { moderation } = await enter(asHost(), { 'moderation.bans': () => ({ bans }) });
    expect(await moderation.listBans()).toEqual(bans);
  });

  test('send reactions, and so do we', async () => {
    const { told } = await enter(asHost());
    server.say('reacted', { participantId: 'stay-of-ann', reaction: '👏' });
    server.say('reacted', { participantId: 'stay-of-nobody', reaction: '👏' });
    server.say('reacted', { participantId: 'stay-of-me', reaction: '😮' });
    await expect.poll(() => told).toEqual(['ann 👏', 'me 😮']);
  });

  test('ask us to unmute, mute us and stop us, and we know who', async () => {
    const { room, told } = await enter(asHost(), { 'track.publish': () => ({ trackId: 'own' }) });
    await room.localParticipant.setMicrophoneEnabled(true);
    server.say('trackModerated', { trackId: 'own', action: 'muted', by: 'ann' });
    server.say('unmuteRequested', { source: 'microphone', by: 'hidden' });
    server.say('trackModerated', { trackId: 'own', action: 'stopped', by: null });
    await expect
      .poll(() => told)
      .toEqual([
        'microphone muted by ann',
        'unmute microphone, says undefined',
        'microphone stopped by undefined',
      ]);
  });
});

describe('the stage (SPEC 14.12)', () => {
  const asListener = joined({
    self: { ...participant('me'), role: 'listener' },
    participants: [participant('ann')],
  });

  test('is come up to when called, and left to others', async () => {
    const { moderation, told } = await enter(asListener);
    server.say('stageInvited', { by: 'ann' });
    await expect.poll(() => told).toEqual(['come up, says ann']);
    expect(moderation.isInvitedToStage).toBe(true);
    await moderation.declineStage();
    expect([moderation.isInvitedToStage, told.at(-1)]).toEqual([false, 'answered']);
    server.say('stageInvited', { by: 'ann' });
    await expect.poll(() => moderation.isInvitedToStage).toBe(true);
    await moderation.acceptStage();
    expect(told.slice(2)).toEqual(['come up, says ann', 'answered']);
  });

  test('that was called to too long ago is no question any more', async () => {
    const { moderation, told } = await enter(asListener, {
      'stage.accept': () => {
        throw wireError('forbidden');
      },
    });
    server.say('stageInvited', { by: 'ann' });
    await expect.poll(() => moderation.isInvitedToStage).toBe(true);
    await expect(moderation.acceptStage()).rejects.toMatchObject({ code: 'forbidden' });
    expect(told.at(-1)).toBe('answered');
  });

  test('is no question any more for who became a participant', async () => {
    const { moderation, told } = await enter(asListener);
    server.say('stageInvited', { by: 'ann' });
    server.say('roleChanged', { role: 'participant', grants: asListener.grants });
    await expect.poll(() => told.at(-1)).toBe('answered');
    expect(moderation.isInvitedToStage).toBe(false);
  });

  test('may be declined, which who called is told', async () => {
    const { told } = await enter(asHost());
    server.say('stageDeclined', { participantId: 'stay-of-ann' });
    await expect.poll(() => told).toEqual(['ann does not come']);
  });
});

describe('the room (SPEC 14.7, 14.9, 15.3)', () => {
  test('is locked, and shows people large, in order, as long as they are there', async () => {
    const spotlight = ['ben', 'gone', 'ann'];
    const { moderation, told, change } = await enter(
      asHost({ room: { ...joined().room, spotlight } }),
    );
    expect(told).toEqual(['spotlight: ben,ann']);
    change({ type: 'roomUpdated', room: { ...joined().room, spotlight, isLocked: true } });
    await expect.poll(() => told.at(-1)).toBe('locked');
    const { participantId } = participant('ben');
    change({ type: 'participantLeft', participantId, reason: 'client_initiated' });
    await expect.poll(() => told.at(-1)).toBe('spotlight: ann');
    expect(moderation.isLocked).toBe(true);
    change({ type: 'roomUpdated', room: joined().room });
    await expect.poll(() => told.slice(-2)).toEqual(['spotlight: ', 'open']);
  });

  test('has a lobby, which who may let in sees from the start', async () => {
    const { moderation, told } = await enter(asHost(), {
      'lobby.list': () => ({ waiting: [DREW] }),
    });
    await expect.poll(() => told).toEqual(['lobby: Drew']);
    server.say('lobbyChanged', { waiting: [] });
    await expect.poll(() => moderation.lobby).toEqual([]);
    await moderation.approve('drew');
    await moderation.deny(['eve', 'fay']);
    expect(await moderation.listLobby()).toEqual([DREW]);
    expect(server.paramsOf('lobby.approve')).toEqual([{ identities: ['drew'] }]);
    expect(server.paramsOf('lobby.deny')).toEqual([{ identities: ['eve', 'fay'] }]);
  });

  test('has a lobby that is told while it is asked for: what is told later counts', async () => {
    const answer = Promise.withResolvers<{ waiting: LobbyEntry[] }>();
    const { moderation, told } = await enter(asHost(), { 'lobby.list': () => answer.promise });
    server.say('lobbyChanged', { waiting: [DREW] });
    await expect.poll(() => told).toEqual(['lobby: Drew']);
    answer.resolve({ waiting: [] });
    expect(await moderation.listBreakouts()).toEqual([]);
    expect(moderation.lobby).toEqual([DREW]);
  });

  test('has no lobby for others, and none any more for who leads no more', async () => {
    const { moderation, told } = await enter(joined());
    expect(server.paramsOf('lobby.list')).toEqual([]);
    server.script = { ...EMPTY, 'lobby.list': () => ({ waiting: [DREW] }) };
    server.say('roleChanged', {
      role: 'moderator',
      grants: { ...joined().grants, moderate: true },
    });
    await expect.poll(() => told).toEqual(['lobby: Drew']);
    server.say('roleChanged', { role: 'participant', grants: joined().grants });
    await expect.poll(() => moderation.lobby).toEqual([]);
  });

  test('whose lobby is refused has an empty one', async () => {
    const { moderation, told } = await enter(asHost(), {
      'lobby.list': () => {
        throw wireError('forbidden');
      },
      'breakouts.list': () => ({ rooms: [GROUP] }),
    });
    await expect.poll(() => told).toEqual(['rooms: Group 1']);
    expect(moderation.lobby).toEqual([]);
  });

  test('has breakout rooms', async () => {
    const { moderation, told } = await enter(asHost(), {
      'breakouts.create': () => ({ rooms: [GROUP] }),
    });
    expect(await moderation.createBreakouts([{ name: 'Group 1', identities: ['ann'] }])).toEqual([
      GROUP,
    ]);
    server.say('breakoutsChanged', { rooms: [GROUP] });
    await expect.poll(() => told).toEqual(['rooms: Group 1']);
    await moderation.assignToBreakout('ben', 'room-2');
    await moderation.assignToBreakout('ben', null);
    await moderation.broadcast('five minutes');
    await moderation.recallBreakouts();
    await moderation.leaveBreakout();
    expect(server.paramsOf('breakouts.assign')).toEqual([
      { identity: 'ben', roomId: 'room-2' },
      { identity: 'ben', roomId: null },
    ]);
    expect(server.paramsOf('breakouts.broadcast')).toMatchObject([{ text: 'five minutes' }]);
    expect(server.paramsOf('breakouts.recall')).toHaveLength(1);
    expect(server.paramsOf('breakouts.leave')).toHaveLength(1);
    expect(moderation.breakouts).toEqual([GROUP]);
  });

  test('may be a breakout room itself', async () => {
    const { room, moderation } = await enter(
      joined({ room: { ...joined().room, breakoutOf: 'main' } }),
    );
    expect(moderation.breakoutOf).toBe('main');
    server.script = { ...EMPTY, 'room.leave': () => null };
    await room.disconnect();
    expect(moderation.breakoutOf).toBeNull();
  });
});

describe('what we may do', () => {
  test('is what the rules of the room say, for each role', async () => {
    const { moderation, find } = await enter(
      asHost({ participants: [{ ...participant('ann'), role: 'moderator' }, participant('ben')] }),
    );
    const [ann, ben] = [find('ann'), find('ben')];
    expect(moderation.can('remove', ann)).toBe(true);
    expect(moderation.can('remove', find('me'))).toBe(false);
    expect(moderation.can('endMeeting')).toBe(true);
    expect(moderation.canMake(ben, 'moderator')).toBe(true);
    expect(moderation.canMake(ann, 'moderator')).toBe(false);
    server.say('roleChanged', {
      role: 'moderator',
      grants: { ...joined().grants, moderate: true },
    });
    await expect.poll(() => moderation.can('endMeeting')).toBe(false);
    expect(moderation.can('lock')).toBe(true);
    expect(moderation.can('remove', ann)).toBe(false);
    expect(moderation.can('remove', ben)).toBe(true);
    expect(moderation.can('remove')).toBe(true);
    expect(moderation.canMake(ben, 'moderator')).toBe(false);
    expect(moderation.canMake(ben, 'listener')).toBe(true);
    server.say('roleChanged', { role: 'participant', grants: joined().grants });
    await expect.poll(() => moderation.can('lock')).toBe(false);
    expect([moderation.can('remove'), moderation.can('raiseHand')]).toEqual([false, true]);
  });

  test('follows what an application gave or kept back', async () => {
    const { moderation } = await enter(joined({ grants: { ...joined().grants, moderate: true } }));
    expect(moderation.can('lock')).toBe(true);
  });

  test('is nothing outside of a room', async () => {
    const { room, moderation } = await enter(asHost());
    const rights: boolean[] = [];
    moderation.on('rightsChanged', () => rights.push(moderation.can('lock')));
    server.script = { ...EMPTY, 'room.leave': () => null };
    await room.disconnect();
    expect(rights).toEqual([false]);
    expect(moderation.can('raiseHand')).toBe(false);
    expect(Moderation.of(setUpRoom(url).room).can('raiseHand')).toBe(false);
    await expect(moderation.raiseHand()).rejects.toMatchObject({ code: 'not_connected' });
  });

  test('is told to be different when somebody else has another role', async () => {
    const { moderation, change, find } = await enter(
      asHost({
        self: { ...participant('me'), role: 'moderator' },
      }),
    );
    const rights: boolean[] = [];
    moderation.on('rightsChanged', () => rights.push(moderation.can('mute', find('ann'))));
    change({ type: 'roleChanged', participantId: 'stay-of-ann', role: 'moderator' });
    await expect.poll(() => rights).toEqual([false]);
  });
});
