// @vitest-environment happy-dom
import { act, render, renderHook } from '@testing-library/react';
import { createElement } from 'react';
import { describe, expect, test, vi } from 'vitest';
import { cameraOf, joined, participant } from '../../test/fakes/scripted-server.ts';
import { identities, ReactBench } from '../../test/react-bench.ts';
import { subscriptionTo, withMedia } from '../../test/room-bench.ts';
import type { Track } from '../tracks/track.ts';
import {
  useAttached,
  useAudioPlayback,
  useChat,
  useConnectionState,
  useLocalParticipant,
  useMediaDevices,
  useParticipant,
  useParticipants,
  useRemoteParticipants,
  useRoles,
  useRoom,
  useTracks,
} from './index.ts';

const bench = new ReactBench();
const { wrapper } = bench;

describe('useRoom', () => {
  test('is the provider’s room, or the one that is given', () => {
    expect(renderHook(() => useRoom(), { wrapper }).result.current).toBe(bench.room);
    expect(renderHook(() => useRoom(bench.room)).result.current).toBe(bench.room);
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
  await bench.enter();
  expect(result.current).toBe('connected');
  await act(() => bench.room.disconnect());
  expect(result.current).toBe('disconnected');
});

describe('people', () => {
  test('come and go, and one knows oneself first', async () => {
    const everybody = renderHook(() => useParticipants(), { wrapper });
    const others = renderHook(() => useRemoteParticipants(), { wrapper });
    const ann = renderHook(() => useParticipant('ann'), { wrapper });
    await bench.enter(joined({ participants: [participant('ann')] }));
    expect(identities(everybody.result.current)).toEqual(['me', 'ann']);
    expect(ann.result.current?.name).toBe('ANN');
    await bench.change({ type: 'participantJoined', participant: participant('ben') }, () =>
      expect(identities(others.result.current)).toEqual(['ann', 'ben']),
    );
    const { participantId } = participant('ann');
    await bench.change({ type: 'participantLeft', participantId, reason: 'client_initiated' }, () =>
      expect(identities(others.result.current)).toEqual(['ben']),
    );
    expect(ann.result.current).toBeUndefined();
  });

  test('have roles that change', async () => {
    const { result } = renderHook(() => useRoles(), { wrapper });
    await bench.enter(joined({ participants: [participant('ann')] }));
    const { participantId } = participant('ann');
    await bench.change({ type: 'roleChanged', participantId, role: 'moderator' }, () =>
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
    await bench.enter(joined({ participants: [participant('ann')] }));
    const before = renders;
    const states = renderHook(() => useRoles(), { wrapper });
    const { participantId } = participant('ann');
    await bench.change({ type: 'roleChanged', participantId, role: 'moderator' }, () =>
      expect(states.result.current['ann']).toBe('moderator'),
    );
    expect(renders).toBe(before);
  });

  test('include ourselves, with what is on', async () => {
    const { result } = renderHook(() => useLocalParticipant(), { wrapper });
    bench.server.script = { 'track.publish': () => ({ trackId: 'mine' }) };
    await bench.enter(withMedia());
    bench.server.script = {
      'track.publish': () => ({ trackId: 'mine' }),
      'room.leave': () => null,
    };
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
    await bench.enter(ofAnn);
    await act(() => vi.waitFor(() => expect(result.current[0]?.track).toBeDefined(), 10_000));
    expect(result.current).toMatchObject([
      { source: 'camera', isMuted: false, participant: { identity: 'ann' } },
    ]);
  });

  test('leaves out other sources, and what has no media if it shall', async () => {
    const screens = renderHook(() => useTracks(['screen_share']), { wrapper });
    const subscribed = renderHook(() => useTracks(undefined, { onlySubscribed: true }), {
      wrapper,
    });
    await bench.enter(joined({ participants: [participant('ann', [cameraOf('ann')])] }));
    expect(screens.result.current).toEqual([]);
    expect(subscribed.result.current).toEqual([]);
  });

  test('gives another reference when a track is muted, and the same when nothing changed', async () => {
    const { result } = renderHook(() => useTracks(), { wrapper });
    await bench.enter(ofAnn);
    await act(() => vi.waitFor(() => expect(result.current[0]?.track).toBeDefined(), 10_000));
    const [before] = result.current;
    await bench.change({ type: 'participantJoined', participant: participant('ben') }, () =>
      expect(bench.room.remoteParticipants.size).toBe(2),
    );
    expect(result.current[0]).toBe(before);
    const { trackId, participantId } = cameraOf('ann');
    await bench.change({ type: 'trackMuted', participantId, trackId, isMuted: true }, () =>
      expect(result.current[0]?.isMuted).toBe(true),
    );
    expect(result.current[0]).not.toBe(before);
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
    toIdentity: null,
    text,
    file: null,
    sentAt: '2026-01-31T12:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  });

  test('has what is said, what was said before, and what became of it', async () => {
    const { result } = renderHook(() => useChat(), { wrapper });
    await bench.enter();
    bench.server.script = {
      'room.leave': () => null,
      'chat.history': () => ({
        messages: [message('1', 'before'), message('2', 'now')],
        before: null,
      }),
    };
    const texts = () => result.current.messages.map(({ text }) => text);
    await act(async () => {
      bench.server.say('chatMessage', message('2', 'now'));
      await new Promise<unknown>((resolve) => bench.room.once('chatMessage', resolve));
    });
    expect(texts()).toEqual(['now']);
    expect(result.current.hasOlder).toBe(true);
    await act(() => result.current.readOlder());
    expect(texts()).toEqual(['before', 'now']);
    expect(result.current.hasOlder).toBe(false);
    await act(async () => {
      bench.server.say('chatMessageUpdated', message('1', 'mended'));
      await new Promise<unknown>((resolve) => bench.room.once('chatMessageUpdated', resolve));
    });
    expect(texts()).toEqual(['mended', 'now']);
  });

  test('sends', async () => {
    const { result } = renderHook(() => useChat(), { wrapper });
    await bench.enter();
    bench.server.script = {
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
