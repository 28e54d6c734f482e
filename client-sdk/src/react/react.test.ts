// @vitest-environment happy-dom
import type { Joined, RoomChange } from '@balai/protocol';
import { act, cleanup, render, renderHook } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cameraOf, joined, participant, ScriptedServer } from '../../test/fakes/scripted-server.ts';
import { setUpRoom, subscriptionTo, withMedia } from '../../test/room-bench.ts';
import type { Room } from '../room.ts';
import type { Track } from '../tracks/track.ts';
import {
  RoomProvider,
  useActiveSpeakers,
  useAttached,
  useAudioPlayback,
  useByteStream,
  useChat,
  useConnectionQuality,
  useConnectionState,
  useDataReceived,
  useIsMuted,
  useLocalParticipant,
  useMediaDevices,
  useParticipant,
  useParticipants,
  useRemoteParticipants,
  useRoles,
  useRoom,
  useRoomInfo,
  useRpcMethod,
  useSpeaking,
  useStreamState,
  useTextStream,
  useTrack,
  useTracks,
} from './index.ts';

let server: ScriptedServer;
let room: Room;
let connect: () => Promise<void>;

beforeEach(async () => {
  server = new ScriptedServer();
  ({ room, connect } = setUpRoom(await server.listen()));
});

afterEach(async () => {
  cleanup();
  await act(() => room.disconnect());
  await server.close();
});

const wrapper = ({ children }: { children: ReactNode }) =>
  createElement(RoomProvider, { room }, children);

/** Joins a room that looks like this. */
async function enter(message: Joined = joined()): Promise<void> {
  server.welcome = (socket) => socket.emit('joined', message);
  server.script = { 'room.leave': () => null };
  await act(() => connect());
}

/** The server tells of a change, and the hook has rendered when `isDone` holds. */
async function change(one: RoomChange, isDone: () => void): Promise<void> {
  server.say('changed', { changes: [one] });
  await act(() => vi.waitFor(isDone));
}

const identities = (people: readonly { readonly identity: string }[]) =>
  people.map(({ identity }) => identity);

describe('useRoom', () => {
  test('is the provider’s room, or the one that is given', () => {
    expect(renderHook(() => useRoom(), { wrapper }).result.current).toBe(room);
    expect(renderHook(() => useRoom(room)).result.current).toBe(room);
  });

  test('without either says what is missing', () => {
    const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(() => renderHook(() => useRoom())).toThrow('RoomProvider');
    silent.mockRestore();
  });
});

test('useConnectionState follows the connection', async () => {
  const { result } = renderHook(() => useConnectionState(), { wrapper });
  expect(result.current).toBe('disconnected');
  await enter();
  expect(result.current).toBe('connected');
  await act(() => room.disconnect());
  expect(result.current).toBe('disconnected');
});

describe('people', () => {
  test('come and go, and one knows oneself first', async () => {
    const everybody = renderHook(() => useParticipants(), { wrapper });
    const others = renderHook(() => useRemoteParticipants(), { wrapper });
    const ann = renderHook(() => useParticipant('ann'), { wrapper });
    await enter(joined({ participants: [participant('ann')] }));
    expect(identities(everybody.result.current)).toEqual(['me', 'ann']);
    expect(ann.result.current?.name).toBe('ANN');
    await change({ type: 'participantJoined', participant: participant('ben') }, () =>
      expect(identities(others.result.current)).toEqual(['ann', 'ben']),
    );
    const { participantId } = participant('ann');
    await change({ type: 'participantLeft', participantId, reason: 'client_initiated' }, () =>
      expect(identities(others.result.current)).toEqual(['ben']),
    );
    expect(ann.result.current).toBeUndefined();
  });

  test('have roles that change', async () => {
    const { result } = renderHook(() => useRoles(), { wrapper });
    await enter(joined({ participants: [participant('ann')] }));
    const { participantId } = participant('ann');
    await change({ type: 'roleChanged', participantId, role: 'moderator' }, () =>
      expect(result.current['ann']).toBe('moderator'),
    );
  });

  test('are rendered again only when they change', async () => {
    let renders = 0;
    renderHook(
      () => {
        renders += 1;
        return useRemoteParticipants();
      },
      { wrapper },
    );
    await enter(joined({ participants: [participant('ann')] }));
    const before = renders;
    const states = renderHook(() => useRoles(), { wrapper });
    const { participantId } = participant('ann');
    await change({ type: 'roleChanged', participantId, role: 'moderator' }, () =>
      expect(states.result.current['ann']).toBe('moderator'),
    );
    expect(renders).toBe(before);
  });

  test('include ourselves, with what is on', async () => {
    const { result } = renderHook(() => useLocalParticipant(), { wrapper });
    server.script = { 'track.publish': () => ({ trackId: 'mine' }) };
    await enter(withMedia());
    server.script = { 'track.publish': () => ({ trackId: 'mine' }), 'room.leave': () => null };
    expect(result.current.isMicrophoneEnabled).toBe(false);
    await act(() => result.current.localParticipant.setMicrophoneEnabled(true));
    expect(result.current).toMatchObject({ isMicrophoneEnabled: true, isCameraEnabled: false });
    expect(result.current).toMatchObject({ role: 'participant', grants: { data: true } });
  });
});

describe('useTracks', () => {
  const ofAnn = withMedia({
    participants: [participant('ann', [cameraOf('ann')])],
    subscriptions: [subscriptionTo('camera-of-ann')],
  });

  test('lists what is published, with its media when it is there', async () => {
    const { result } = renderHook(() => useTracks(['camera']), { wrapper });
    await enter(ofAnn);
    await act(() => vi.waitFor(() => expect(result.current[0]?.track).toBeDefined()));
    expect(result.current).toMatchObject([
      { source: 'camera', isMuted: false, participant: { identity: 'ann' } },
    ]);
  });

  test('leaves out other sources, and what has no media if it shall', async () => {
    const screens = renderHook(() => useTracks(['screen_share']), { wrapper });
    const subscribed = renderHook(() => useTracks(undefined, { onlySubscribed: true }), {
      wrapper,
    });
    await enter(joined({ participants: [participant('ann', [cameraOf('ann')])] }));
    expect(screens.result.current).toEqual([]);
    expect(subscribed.result.current).toEqual([]);
  });

  test('gives another reference when a track is muted, and the same when nothing changed', async () => {
    const { result } = renderHook(() => useTracks(), { wrapper });
    await enter(ofAnn);
    await act(() => vi.waitFor(() => expect(result.current[0]?.track).toBeDefined()));
    const [before] = result.current;
    await change({ type: 'participantJoined', participant: participant('ben') }, () =>
      expect(room.remoteParticipants.size).toBe(2),
    );
    expect(result.current[0]).toBe(before);
    const { trackId, participantId } = cameraOf('ann');
    await change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(result.current[0]?.isMuted).toBe(true),
    );
    expect(result.current[0]).not.toBe(before);
  });
});

describe('of one publication', () => {
  const ofAnn = withMedia({
    participants: [participant('ann', [cameraOf('ann')])],
    subscriptions: [subscriptionTo('camera-of-ann')],
  });
  const { trackId, participantId } = cameraOf('ann');

  test('useTrack tells what becomes of it, and that there is none', async () => {
    await enter(ofAnn);
    const ann = room.remoteParticipants.get('ann');
    if (ann === undefined) throw new Error('Ann is not there');
    const camera = renderHook(() => useTrack(ann, 'camera'));
    const screen = renderHook(() => useTrack(ann, 'screen_share'));
    await act(() => vi.waitFor(() => expect(camera.result.current?.track).toBeDefined()));
    expect(screen.result.current).toBeUndefined();
    await change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(camera.result.current?.isMuted).toBe(true),
    );
    await change({ type: 'trackUnpublished', participantId, trackId }, () =>
      expect(camera.result.current).toBeUndefined(),
    );
  });

  test('useIsMuted and useStreamState follow it', async () => {
    await enter(ofAnn);
    const publication = room.remoteParticipants.get('ann')?.getTrackPublication('camera');
    const muted = renderHook(() => useIsMuted(publication), { wrapper });
    const state = renderHook(() => useStreamState(publication), { wrapper });
    const { result } = renderHook(() => useTracks(['camera']), { wrapper });
    await act(() => vi.waitFor(() => expect(publication?.track).toBeDefined()));
    expect([muted.result.current, state.result.current]).toEqual([false, 'active']);
    const { subscriptionId } = subscriptionTo(trackId);
    server.say('streamStates', { states: [{ subscriptionId, state: 'paused' }] });
    await act(() => vi.waitFor(() => expect(state.result.current).toBe('paused')));
    expect(result.current[0]?.streamState).toBe('paused');
    await change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(muted.result.current).toBe(true),
    );
  });

  test('that is none is muted, and not withheld', () => {
    expect(renderHook(() => useIsMuted(undefined), { wrapper }).result.current).toBe(true);
    expect(renderHook(() => useStreamState(undefined), { wrapper }).result.current).toBe('active');
  });
});

test('useSpeaking and useActiveSpeakers tell who speaks', async () => {
  await enter(joined({ participants: [participant('ann'), participant('ben')] }));
  const { localParticipant } = room;
  const ann = room.remoteParticipants.get('ann') ?? localParticipant;
  const speaking = renderHook(() => useSpeaking(ann));
  const speakers = renderHook(() => useActiveSpeakers(), { wrapper });
  const say = (...names: string[]) =>
    server.say('speakersChanged', {
      speakers: names.map((name) => ({ ...participant(name), level: 0.5 })),
    });
  say('ben', 'ann');
  await act(() => vi.waitFor(() => expect(speaking.result.current).toBe(true)));
  expect(identities(speakers.result.current)).toEqual(['ben', 'ann']);
  const before = speakers.result.current;
  say('ben', 'ann');
  say('ann', 'ben');
  await act(() =>
    vi.waitFor(() => expect(identities(speakers.result.current)).toEqual(['ann', 'ben'])),
  );
  expect(before).not.toBe(speakers.result.current);
  say();
  await act(() => vi.waitFor(() => expect(speaking.result.current).toBe(false)));
  expect(speakers.result.current).toEqual([]);
});

test('useConnectionQuality tells how well somebody is connected', async () => {
  await enter(joined({ participants: [participant('ann')] }));
  const ann = room.remoteParticipants.get('ann') ?? room.localParticipant;
  const { result } = renderHook(() => useConnectionQuality(ann));
  expect(result.current).toBe('unknown');
  await act(async () => ann.setQuality('poor'));
  expect(result.current).toBe('poor');
});

test('useRoomInfo knows the name once the room is joined', async () => {
  const { result } = renderHook(() => useRoomInfo(), { wrapper });
  expect(result.current).toEqual({ name: '', sid: '' });
  await enter();
  expect(result.current).toEqual({ name: 'Weekly', sid: 'room-1' });
});

describe('data', () => {
  test('of a topic is told to the listener of the last rendering', () => {
    const heard: string[] = [];
    const { rerender, unmount } = renderHook(
      ({ name }) =>
        useDataReceived((payload) => heard.push(`${name} ${payload.length}`), { topic: 'pens' }),
      { wrapper, initialProps: { name: 'first' } },
    );
    room.emit('dataReceived', new Uint8Array(1), undefined, 'reliable', 'pens');
    room.emit('dataReceived', new Uint8Array(2), undefined, 'reliable', 'other');
    rerender({ name: 'second' });
    room.emit('dataReceived', new Uint8Array(3), undefined, 'lossy', 'pens');
    unmount();
    room.emit('dataReceived', new Uint8Array(4), undefined, 'lossy', 'pens');
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
    expect(() => room.registerTextStreamHandler('notes', () => undefined)).toThrow('notes');
    expect(() => room.registerByteStreamHandler('files', () => undefined)).toThrow('files');
    expect(() => room.registerRpcMethod('ring', async () => '')).toThrow('ring');
    unmount();
    room.registerTextStreamHandler('notes', () => undefined);
    room.registerByteStreamHandler('files', () => undefined);
    room.registerRpcMethod('ring', async () => '');
  });
});

test('useAttached shows a track as long as the element is there', () => {
  /** Writes down what shows it. The DOM of these tests has no media. */
  const fakeTrack = () => {
    const elements = new Set<HTMLMediaElement>();
    const attach = (element: HTMLMediaElement) => elements.add(element) && element;
    const detach = (element: HTMLMediaElement) => elements.delete(element) && element;
    return { elements, track: { attach, detach } as Pick<Track, 'attach' | 'detach'> };
  };
  const [first, second] = [fakeTrack(), fakeTrack()];
  const Picture = ({ track }: { track: Pick<Track, 'attach' | 'detach'> }) =>
    createElement('video', { ref: useAttached<HTMLVideoElement>(track) });
  const { container, rerender, unmount } = render(createElement(Picture, { track: first.track }));
  const element = container.querySelector('video');
  expect([...first.elements]).toEqual([element]);
  rerender(createElement(Picture, { track: second.track }));
  expect([first.elements.size, ...second.elements]).toEqual([0, element]);
  unmount();
  expect(second.elements.size).toBe(0);
});

describe('useChat', () => {
  const message = (messageId: string, text: string) => ({
    messageId,
    kind: 'text' as const,
    identity: 'ann',
    name: 'ANN',
    text,
    file: null,
    sentAt: '2026-01-31T12:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  });

  test('has what is said, what was said before, and what became of it', async () => {
    const { result } = renderHook(() => useChat(), { wrapper });
    await enter();
    server.script = {
      'room.leave': () => null,
      'chat.history': () => ({
        messages: [message('1', 'before'), message('2', 'now')],
        before: null,
      }),
    };
    const texts = () => result.current.messages.map(({ text }) => text);
    await act(async () => {
      server.say('chatMessage', message('2', 'now'));
      await new Promise<unknown>((resolve) => room.once('chatMessage', resolve));
    });
    expect(texts()).toEqual(['now']);
    expect(result.current.hasOlder).toBe(true);
    await act(() => result.current.readOlder());
    expect(texts()).toEqual(['before', 'now']);
    expect(result.current.hasOlder).toBe(false);
    await act(async () => {
      server.say('chatMessageUpdated', message('1', 'mended'));
      await new Promise<unknown>((resolve) => room.once('chatMessageUpdated', resolve));
    });
    expect(texts()).toEqual(['mended', 'now']);
  });

  test('sends', async () => {
    const { result } = renderHook(() => useChat(), { wrapper });
    await enter();
    server.script = {
      'room.leave': () => null,
      'chat.send': ({ messageId, text }) => ({ message: message(messageId, text) }),
    };
    await expect(act(() => result.current.send('hello'))).resolves.toMatchObject({ text: 'hello' });
  });
});

test('useAudioPlayback says whether sound plays, and starts it', async () => {
  const { result } = renderHook(() => useAudioPlayback(), { wrapper });
  expect(result.current.canPlayAudio).toBe(true);
  await expect(result.current.startAudio()).resolves.toBeUndefined();
});

test('useMediaDevices has no devices where the browser has none', async () => {
  const { result } = renderHook(() => useMediaDevices('videoinput'), { wrapper });
  await act(async () => undefined);
  expect(result.current).toMatchObject({ devices: [], activeDeviceId: undefined });
});
