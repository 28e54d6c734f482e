import type { Joined, JoinInfo, Subscription } from '@balai/protocol';
import { loadMediasoupEngine } from '../src/media/mediasoup-engine.ts';
import type { RoomOptions } from '../src/options.ts';
import { Room } from '../src/room.ts';
import { openSignal } from '../src/signalling/open-signal.ts';
import { FakeCapture } from './fakes/fake-capture.ts';
import { fakeTransportInfo, observedDevices, routerCapabilities } from './fakes/fake-device.ts';
import { joined } from './fakes/scripted-server.ts';

/** A `joined` with both transports. */
export function withMedia(parts: Partial<Joined> = {}): Joined {
  return joined({
    sendTransport: fakeTransportInfo('send'),
    receiveTransport: fakeTransportInfo('receive'),
    ...parts,
  });
}

/** Of somebody's camera, as the server describes it. */
export function subscriptionTo(trackId: string, subscriptionId = `to-${trackId}`): Subscription {
  return {
    subscriptionId,
    trackId,
    participantId: 'stay-of-ann',
    kind: 'video',
    rtpParameters: {
      mid: subscriptionId,
      codecs: [{ mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 }],
      headerExtensions: [],
      encodings: [{ ssrc: 1_234 }],
      rtcp: { cname: 'ann' },
    },
  };
}

/**
 * A room on real signalling and on mediasoup-client's test handler, which notes
 * what it tells.
 */
export function setUpRoom(url: string, options: RoomOptions = {}) {
  const { makeDevice, handlers } = observedDevices();
  const capture = new FakeCapture();
  const room = new Room(options, {
    capture,
    loadEngine: (capabilities) => loadMediasoupEngine(capabilities, makeDevice),
    openSignal,
  });
  const events: string[] = [];
  room
    .on('connected', () => events.push(`connected (${room.state})`))
    .on('disconnected', (reason) => events.push(`disconnected ${reason} (${room.state})`))
    .on('connectionStateChanged', (state) => events.push(`state ${state}`))
    .on('signalReconnecting', () => events.push(`signalReconnecting (${room.state})`))
    .on('reconnecting', () => events.push(`reconnecting (${room.state})`))
    .on('reconnected', () => events.push(`reconnected (${room.state})`))
    .on('participantConnected', ({ identity }) => events.push(`${identity} came`))
    .on('participantDisconnected', ({ identity }) => events.push(`${identity} left`))
    .on('trackPublished', ({ source }, { identity }) => events.push(`${identity} ${source} on`))
    .on('trackUnpublished', ({ source }, { identity }) => events.push(`${identity} ${source} off`))
    .on('trackSubscribed', (track, _, { identity }) =>
      events.push(`${identity} ${track.source} flows`),
    )
    .on('trackUnsubscribed', (track, _, { identity }) =>
      events.push(`${identity} ${track.source} stops`),
    )
    .on('trackSubscriptionFailed', (trackSid, { identity }) =>
      events.push(`${identity} ${trackSid} failed`),
    )
    .on('trackMuted', ({ source }, { identity }) => events.push(`${identity} ${source} muted`))
    .on('trackUnmuted', ({ source }, { identity }) => events.push(`${identity} ${source} unmuted`))
    .on('localTrackPublished', ({ source }) => events.push(`own ${source} on`))
    .on('localTrackUnpublished', ({ source }) => events.push(`own ${source} off`))
    .on('chatMessage', ({ text }, author) => events.push(`${author?.identity}: ${text}`));
  const joinInfo: JoinInfo = { url, iceServers: [], routerCapabilities: routerCapabilities() };
  const connect = () => room.connect(url, 'token', { joinInfo });
  return { room, events, capture, handlers, connect, joinInfo };
}
