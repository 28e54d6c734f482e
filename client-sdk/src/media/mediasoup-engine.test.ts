import type { RtpCapabilities, Subscription, TransportInfo } from '@balai/protocol';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { describe, expect, test } from 'vitest';
import { fakeDevice, fakeTransportInfo, routerCapabilities } from '../../test/fakes/fake-device.ts';
import type { TransportHooks, TransportOptions } from './media-engine.ts';
import { loadMediasoupEngine, pickCandidates } from './mediasoup-engine.ts';
import { planSend } from './send-plan.ts';

const options: TransportOptions = { iceServers: [], rtcConfig: {}, iceTransport: 'all' };
const quiet: TransportHooks = { onConnect: () => undefined, onState: () => undefined };
const camera = {
  source: 'camera',
  width: 1280,
  height: 720,
  frameRate: 30,
  contentHint: '',
} as const;

function load() {
  return loadMediasoupEngine(routerCapabilities(), fakeDevice);
}

/** Every key in a value, however deep: the server takes unknown ones for faults (SPEC 2.3). */
function keysIn(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...keysIn(item)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, item]) =>
      // The keys of codec parameters are the codec's own.
      key === 'parameters' ? [key] : [key, ...keysIn(item)],
    ),
  );
}

describe('the engine', () => {
  test('tells what it can receive in the fields of the protocol, and no others', async () => {
    const { receiveCapabilities } = await load();
    expect(receiveCapabilities.codecs.map((codec) => codec.mimeType)).toContain('audio/opus');
    const known: Record<keyof RtpCapabilities['codecs'][number], true> = {
      kind: true,
      mimeType: true,
      preferredPayloadType: true,
      clockRate: true,
      channels: true,
      parameters: true,
      rtcpFeedback: true,
    };
    for (const codec of receiveCapabilities.codecs) {
      expect(Object.keys(codec).filter((key) => !(key in known))).toEqual([]);
    }
  });

  test('does without a browser that lacks WebRTC', async () => {
    const noDevice = () => Promise.reject(new Error('device not supported'));
    await expect(loadMediasoupEngine(routerCapabilities(), noDevice)).rejects.toMatchObject({
      code: 'unsupported_browser',
    });
  });
});

describe('sending', () => {
  test('names in the parameters only what the protocol knows, whatever was planned', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const { rtpParameters, mimeType } = await sender.send(
      new FakeMediaStreamTrack({ kind: 'video' }),
      planSend(camera, {}),
    );
    expect(mimeType).toBe('video/VP8');
    const library = ['scaleResolutionDownBy', 'maxFramerate', 'active', 'mux', 'priority'];
    expect(library.filter((key) => keysIn(rtpParameters).has(key))).toEqual([]);
    expect(rtpParameters.encodings).toHaveLength(3);
  });

  test('begins to connect once, and does not wait for the answer (SPEC 3.1)', async () => {
    const engine = await load();
    const roles: unknown[] = [];
    const hooks = { ...quiet, onConnect: (dtls: { role?: unknown }) => roles.push(dtls.role) };
    const sender = engine.openSender(fakeTransportInfo(), options, hooks);
    await Promise.all(
      [1, 2].map(() =>
        sender.send(new FakeMediaStreamTrack({ kind: 'video' }), planSend(camera, {})),
      ),
    );
    expect(roles).toHaveLength(1);
  });

  test('leaves the track to its owner', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const track = new FakeMediaStreamTrack({ kind: 'video' });
    const sending = await sender.send(track, planSend(camera, {}));
    sending.close();
    sender.close();
    expect(track.readyState).toBe('live');
  });

  test('takes no track that has ended', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const track = new FakeMediaStreamTrack({ kind: 'video' });
    track.stop();
    await expect(sender.send(track, planSend(camera, {}))).rejects.toMatchObject({
      code: 'track_ended',
    });
  });

  test('is cancelled when the transport closes', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const sending = sender.send(new FakeMediaStreamTrack({ kind: 'video' }), planSend(camera, {}));
    sender.close();
    await expect(sending).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('receiving', () => {
  test('gives a track for each subscription', async () => {
    const engine = await load();
    const receiver = engine.openReceiver(fakeTransportInfo(), options, quiet);
    const received = await Promise.all([
      receiver.receive(subscription('audio'), 'stream'),
      receiver.receive(subscription('video'), 'stream'),
    ]);
    expect(received.map(({ mediaStreamTrack }) => mediaStreamTrack.kind)).toEqual([
      'audio',
      'video',
    ]);
  });

  test('what cannot be decoded fails alone', async () => {
    const engine = await load();
    const receiver = engine.openReceiver(fakeTransportInfo(), options, quiet);
    const good = receiver.receive(subscription('audio'), 'stream');
    const strange: Subscription = {
      ...subscription('video'),
      rtpParameters: {
        ...subscription('video').rtpParameters,
        codecs: [{ mimeType: 'video/H266', payloadType: 120, clockRate: 90_000 }],
      },
    };
    await expect(receiver.receive(strange, 'stream')).rejects.toMatchObject({
      code: 'unsupported_browser',
    });
    expect((await good).mediaStreamTrack.kind).toBe('audio');
  });
});

describe('the way of media', () => {
  const { iceCandidates } = fakeTransportInfo();

  test('is any of the server by default', () => {
    expect(pickCandidates(iceCandidates, 'all')).toEqual(iceCandidates);
  });

  test('over TCP leaves UDP out', () => {
    expect(pickCandidates(iceCandidates, 'tcp').map(({ protocol }) => protocol)).toEqual(['tcp']);
  });

  test('over UDP leaves TCP out', () => {
    expect(pickCandidates(iceCandidates, 'udp').map(({ protocol }) => protocol)).toEqual(['udp']);
  });

  test('over TCP fails early where the server has none', () => {
    const info: TransportInfo = {
      ...fakeTransportInfo(),
      iceCandidates: iceCandidates.filter(({ protocol }) => protocol === 'udp'),
    };
    expect(() => pickCandidates(info.iceCandidates, 'tcp')).toThrow(
      expect.objectContaining({ code: 'media_connection_failed' }),
    );
  });
});

describe('a codec', () => {
  test('that the browser or the server lacks gives way to VP8, in layers that suit it', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const sending = await sender.send(
      new FakeMediaStreamTrack({ kind: 'video' }),
      planSend(camera, { videoCodec: 'av1' }),
    );
    expect(sending.mimeType).toBe('video/VP8');
    expect(sending.rtpParameters.encodings).toHaveLength(3);
  });

  test('that the browser encodes in one layer only gives way as well', async () => {
    const engine = await load();
    const sender = engine.openSender(fakeTransportInfo(), options, quiet);
    const [vp8] = planSend(camera, {});
    if (!vp8) throw new Error('there is no plan');
    const layered = { scalabilityMode: 'L3T3_KEY', spatialLayers: 3, maxBitrate: 1_000_000 };
    // Node.js has no `mediaCapabilities`, as a browser that knows no layers.
    const plans = [{ ...vp8, encodings: [layered] }, vp8];
    const sending = await sender.send(new FakeMediaStreamTrack({ kind: 'video' }), plans);
    expect(sending.rtpParameters.encodings).toHaveLength(3);
  });
});

let subscriptions = 0;

function subscription(kind: 'audio' | 'video'): Subscription {
  subscriptions += 1;
  const codec =
    kind === 'audio'
      ? { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }
      : { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 };
  return {
    subscriptionId: `subscription-${subscriptions}`,
    trackId: `track-${subscriptions}`,
    participantId: 'somebody',
    kind,
    rtpParameters: {
      mid: String(subscriptions),
      codecs: [codec],
      headerExtensions: [],
      encodings: [{ ssrc: 1_000 + subscriptions }],
      rtcp: { cname: 'somebody' },
    },
  };
}
