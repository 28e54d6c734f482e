// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';
import { cameraOf, joined, participant } from '../../test/fakes/scripted-server.ts';
import { identities, ReactBench } from '../../test/react-bench.ts';
import { subscriptionTo, withMedia } from '../../test/room-bench.ts';
import {
  useActiveSpeakers,
  useByteStream,
  useConnectionQuality,
  useDataReceived,
  useIsMuted,
  useRoomInfo,
  useRpcMethod,
  useSpeaking,
  useStreamState,
  useTextStream,
  useTrack,
  useTracks,
} from './index.ts';

const bench = new ReactBench();
const { wrapper } = bench;

describe('of one publication', () => {
  const ofAnn = withMedia({
    participants: [participant('ann', [cameraOf('ann')])],
    subscriptions: [subscriptionTo('camera-of-ann')],
  });
  const { trackId, participantId } = cameraOf('ann');

  test('useTrack tells what becomes of it, and that there is none', async () => {
    await bench.enter(ofAnn);
    const ann = bench.room.remoteParticipants.get('ann');
    if (ann === undefined) throw new Error('Ann is not there');
    const camera = renderHook(() => useTrack(ann, 'camera'));
    const screen = renderHook(() => useTrack(ann, 'screen_share'));
    await act(() => vi.waitFor(() => expect(camera.result.current?.track).toBeDefined(), 10_000));
    expect(screen.result.current).toBeUndefined();
    await bench.change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(camera.result.current?.isMuted).toBe(true),
    );
    await bench.change({ type: 'trackUnpublished', participantId, trackId }, () =>
      expect(camera.result.current).toBeUndefined(),
    );
  });

  test('useIsMuted and useStreamState follow it', async () => {
    await bench.enter(ofAnn);
    const publication = bench.room.remoteParticipants.get('ann')?.getTrackPublication('camera');
    const muted = renderHook(() => useIsMuted(publication), { wrapper });
    const state = renderHook(() => useStreamState(publication), { wrapper });
    const { result } = renderHook(() => useTracks(['camera']), { wrapper });
    await act(() => vi.waitFor(() => expect(publication?.track).toBeDefined(), 10_000));
    expect([muted.result.current, state.result.current]).toEqual([false, 'active']);
    const { subscriptionId } = subscriptionTo(trackId);
    bench.server.say('streamStates', { states: [{ subscriptionId, state: 'paused' }] });
    await act(() => vi.waitFor(() => expect(state.result.current).toBe('paused'), 10_000));
    expect(result.current[0]?.streamState).toBe('paused');
    await bench.change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(muted.result.current).toBe(true),
    );
  });

  test('that is none is muted, and not withheld', () => {
    expect(renderHook(() => useIsMuted(undefined), { wrapper }).result.current).toBe(true);
    expect(renderHook(() => useStreamState(undefined), { wrapper }).result.current).toBe('active');
  });
});

test('useSpeaking and useActiveSpeakers tell who speaks', async () => {
  await bench.enter(joined({ participants: [participant('ann'), participant('ben')] }));
  const { localParticipant } = bench.room;
  const ann = bench.room.remoteParticipants.get('ann') ?? localParticipant;
  const speaking = renderHook(() => useSpeaking(ann));
  const speakers = renderHook(() => useActiveSpeakers(), { wrapper });
  const say = (...names: string[]) =>
    bench.server.say('speakersChanged', {
      speakers: names.map((name) => ({ ...participant(name), level: 0.5 })),
    });
  say('ben', 'ann');
  await act(() => vi.waitFor(() => expect(speaking.result.current).toBe(true), 10_000));
  expect(identities(speakers.result.current)).toEqual(['ben', 'ann']);
  const before = speakers.result.current;
  say('ben', 'ann');
  say('ann', 'ben');
  await act(() =>
    vi.waitFor(() => expect(identities(speakers.result.current)).toEqual(['ann', 'ben']), 10_000),
  );
  expect(before).not.toBe(speakers.result.current);
  say();
  await act(() => vi.waitFor(() => expect(speaking.result.current).toBe(false), 10_000));
  expect(speakers.result.current).toEqual([]);
});

test('useConnectionQuality tells how well somebody is connected', async () => {
  await bench.enter(joined({ participants: [participant('ann')] }));
  const ann = bench.room.remoteParticipants.get('ann') ?? bench.room.localParticipant;
  const { result } = renderHook(() => useConnectionQuality(ann));
  expect(result.current).toBe('unknown');
  await act(async () => ann.setQuality('poor'));
  expect(result.current).toBe('poor');
});

test('useRoomInfo knows the name once the room is joined', async () => {
  const { result } = renderHook(() => useRoomInfo(), { wrapper });
  expect(result.current).toEqual({ name: '', sid: '', metadata: '' });
  await bench.enter();
  expect(result.current).toEqual({ name: 'Weekly', sid: 'room-1', metadata: '' });
  const room = { ...joined().room, name: 'Daily', metadata: 'about tea' };
  await bench.change({ type: 'roomUpdated', room }, () =>
    expect(result.current).toEqual({ name: 'Daily', sid: 'room-1', metadata: 'about tea' }),
  );
});

describe('data', () => {
  test('of a topic is told to the listener of the last rendering', () => {
    const heard: string[] = [];
    const { rerender, unmount } = renderHook(
      ({ name }) =>
        useDataReceived((payload) => heard.push(`${name} ${payload.length}`), { topic: 'pens' }),
      { wrapper, initialProps: { name: 'first' } },
    );
    bench.room.emit('dataReceived', new Uint8Array(1), undefined, 'reliable', 'pens');
    bench.room.emit('dataReceived', new Uint8Array(2), undefined, 'reliable', 'other');
    rerender({ name: 'second' });
    bench.room.emit('dataReceived', new Uint8Array(3), undefined, 'lossy', 'pens');
    unmount();
    bench.room.emit('dataReceived', new Uint8Array(4), undefined, 'lossy', 'pens');
    expect(heard).toEqual(['first 1', 'second 3']);
  });

  test('handlers are there as long as the component', () => {
    const { unmount } = renderHook(
      () => {
        useTextStream('notes', () => undefined);
        useByteStream('files', () => undefined);
        useRpcMethod('ring', async () => 'rung');
      },
      { wrapper },
    );
    expect(() => bench.room.registerTextStreamHandler('notes', () => undefined)).toThrow('notes');
    expect(() => bench.room.registerByteStreamHandler('files', () => undefined)).toThrow('files');
    expect(() => bench.room.registerRpcMethod('ring', async () => '')).toThrow('ring');
    unmount();
    bench.room.registerTextStreamHandler('notes', () => undefined);
    bench.room.registerByteStreamHandler('files', () => undefined);
    bench.room.registerRpcMethod('ring', async () => '');
  });
});
