// @vitest-environment happy-dom
import type { Joined } from '@balai/protocol';
import { act, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { joined, participant } from '../../test/fakes/scripted-server.ts';
import { identities, ReactBench } from '../../test/react-bench.ts';
import type { Participant } from '../participants/participant.ts';
import {
  useBreakouts,
  useCan,
  useIsLocked,
  useLobby,
  useLocalParticipant,
  useModeration,
  useModerationEvent,
  useParticipantAttributes,
  useParticipantMetadata,
  useParticipantName,
  useRaisedHands,
  useReactions,
  useRolesToGive,
  useSpotlight,
  useStageInvitation,
} from './index.ts';

const bench = new ReactBench();
const { wrapper } = bench;

const AT = '2026-01-31T12:00:01.000Z';
const DREW = { identity: 'drew', name: 'Drew', since: AT };
const GROUP = { id: 'room-2', name: 'Group 1', identities: ['ann'] };

/** What who leads asks for by itself. */
const NOTHING = {
  'lobby.list': () => ({ waiting: [] }),
  'breakouts.list': () => ({ rooms: [] }),
};

async function enter(parts: Partial<Joined> = {}): Promise<Participant> {
  await bench.enter(joined({ participants: [participant('ann')], ...parts }), NOTHING);
  const ann = bench.room.remoteParticipants.get('ann');
  if (!ann) throw new Error('Ann is not there');
  return ann;
}

const AS_HOST: Partial<Joined> = {
  self: { ...participant('me'), role: 'host' },
  grants: { ...joined().grants, moderate: true },
};

test('useModeration gives the same object each time', () => {
  const first = renderHook(() => useModeration(), { wrapper });
  const second = renderHook(() => useModeration(bench.room));
  expect(first.result.current).toBe(second.result.current);
  expect(first.result.current.room).toBe(bench.room);
});

test('useRaisedHands follows the hands', async () => {
  const { result } = renderHook(() => useRaisedHands(), { wrapper });
  expect(result.current).toEqual([]);
  const { sid: participantId } = await enter();
  await bench.change({ type: 'handChanged', participantId, raisedAt: AT }, () =>
    expect(identities(result.current)).toEqual(['ann']),
  );
});

test('useSpotlight and useIsLocked follow the room', async () => {
  const spotlight = renderHook(() => useSpotlight(), { wrapper });
  const isLocked = renderHook(() => useIsLocked(), { wrapper });
  await enter();
  expect([spotlight.result.current, isLocked.result.current]).toEqual([[], false]);
  const room = { ...joined().room, isLocked: true, spotlight: ['ann'] };
  await bench.change({ type: 'roomUpdated', room }, () =>
    expect(isLocked.result.current).toBe(true),
  );
  expect(identities(spotlight.result.current)).toEqual(['ann']);
});

test('useLobby and useBreakouts follow what who leads is told', async () => {
  const lobby = renderHook(() => useLobby(), { wrapper });
  const breakouts = renderHook(() => useBreakouts(), { wrapper });
  await enter({ room: { ...joined().room, breakoutOf: 'main' } });
  expect(lobby.result.current).toEqual([]);
  expect(breakouts.result.current).toEqual({ breakouts: [], isInBreakout: true });
  bench.server.say('lobbyChanged', { waiting: [DREW] });
  bench.server.say('breakoutsChanged', { rooms: [GROUP] });
  await act(() =>
    vi.waitFor(() => expect(breakouts.result.current.breakouts).toEqual([GROUP]), 10_000),
  );
  expect(lobby.result.current).toEqual([DREW]);
});

test('useStageInvitation is true until it is answered', async () => {
  const { result } = renderHook(() => useStageInvitation(), { wrapper });
  await enter({ self: { ...participant('me'), role: 'listener' } });
  bench.server.say('stageInvited', { by: 'ann' });
  await act(() => vi.waitFor(() => expect(result.current).toBe(true), 10_000));
  bench.server.say('roleChanged', { role: 'participant', grants: joined().grants });
  await act(() => vi.waitFor(() => expect(result.current).toBe(false), 10_000));
});

test('useCan and useRolesToGive know the rules', async () => {
  const lock = renderHook(() => useCan('lock'), { wrapper });
  const remove = renderHook(() => useCan('remove'), { wrapper });
  expect(lock.result.current).toBe(false);
  const ann = await enter(AS_HOST);
  const roles = renderHook(() => useRolesToGive(ann), { wrapper });
  const removeAnn = renderHook(() => useCan('remove', ann), { wrapper });
  expect([lock, remove, removeAnn].map(({ result }) => result.current)).toEqual([true, true, true]);
  expect(roles.result.current).toEqual(['moderator', 'listener']);
  await bench.change({ type: 'roleChanged', participantId: ann.sid, role: 'moderator' }, () =>
    expect(roles.result.current).toEqual(['participant', 'listener']),
  );
  bench.server.say('roleChanged', { role: 'participant', grants: joined().grants });
  await act(() => vi.waitFor(() => expect(removeAnn.result.current).toBe(false), 10_000));
  expect([lock.result.current, remove.result.current]).toEqual([false, false]);
});

test('useReactions shows each for a while', async () => {
  const { result, unmount } = renderHook(() => useReactions(200), { wrapper });
  const moderation = renderHook(() => useModeration(), { wrapper }).result.current;
  const ann = await enter();
  act(() => {
    moderation.emit('reacted', ann, '👏');
    moderation.emit('reacted', ann, '👏');
  });
  expect(result.current).toHaveLength(2);
  expect(result.current[0]).toMatchObject({ reaction: '👏', participant: { identity: 'ann' } });
  expect(result.current[0]?.id).not.toBe(result.current[1]?.id);
  await act(() => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(result.current).toEqual([]);
  act(() => moderation.emit('reacted', ann, '🎉'));
  expect(result.current).toMatchObject([{ reaction: '🎉' }]);
  unmount();
});

test('useModerationEvent calls the listener of the last rendering', async () => {
  const heard: string[] = [];
  const { rerender, unmount } = renderHook(
    ({ name }) =>
      useModerationEvent('unmuteRequested', (source) => heard.push(`${name} ${source}`)),
    { wrapper, initialProps: { name: 'first' } },
  );
  await enter();
  rerender({ name: 'second' });
  bench.server.say('unmuteRequested', { source: 'camera', by: 'ann' });
  await vi.waitFor(() => expect(heard).toEqual(['second camera']), 10_000);
  unmount();
  const other = renderHook(() => useRaisedHands(), { wrapper });
  bench.server.say('unmuteRequested', { source: 'camera', by: 'ann' });
  await bench.change(
    { type: 'handChanged', participantId: participant('ann').participantId, raisedAt: AT },
    () => expect(other.result.current).toHaveLength(1),
  );
  expect(heard).toHaveLength(1);
});

test('useParticipantName, …Metadata and …Attributes follow what is said of somebody', async () => {
  const ann = await enter();
  const name = renderHook(() => useParticipantName(ann));
  const metadata = renderHook(() => useParticipantMetadata(ann));
  const attributes = renderHook(() => useParticipantAttributes(ann));
  expect(attributes.result.current).toEqual({});
  await bench.change(
    {
      type: 'participantUpdated',
      participantId: ann.sid,
      name: 'Anna',
      metadata: 'in Rome',
      attributes: { tea: 'yes' },
    },
    () => expect(name.result.current).toBe('Anna'),
  );
  expect(metadata.result.current).toBe('in Rome');
  expect(attributes.result.current).toEqual({ tea: 'yes' });
});

test('useLocalParticipant knows what we may do now', async () => {
  const { result } = renderHook(() => useLocalParticipant(), { wrapper });
  await enter();
  const grants = { ...joined().grants, data: false };
  bench.server.say('roleChanged', { role: 'participant', grants });
  await act(() => vi.waitFor(() => expect(result.current.grants).toEqual(grants), 10_000));
});
