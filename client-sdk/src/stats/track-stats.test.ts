import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { describe, expect, test } from 'vitest';
import { LocalVideoTrack } from '../tracks/local-track.ts';
import { getTrackStats, toTrackStats } from './track-stats.ts';

const SENT = { kind: 'video', isLocal: true } as const;
const RECEIVED = { kind: 'audio', isLocal: false } as const;

/** A report as browsers make them: entries by id, all of one moment. */
function reportOf(timestamp: number, entries: readonly Record<string, unknown>[]): RTCStatsReport {
  const named = entries.map((entry, index) => ({ id: `entry-${index}`, timestamp, ...entry }));
  return new Map(named.map((entry) => [entry.id, entry]));
}

/** A camera in two sizes, of which the larger comes first in the report. */
function camera(timestamp: number, sent: { packets: number; bytes: number; lost: number }) {
  return reportOf(timestamp, [
    { id: 'codec', type: 'codec', mimeType: 'video/VP8' },
    {
      type: 'outbound-rtp',
      rid: 'r1',
      active: true,
      codecId: 'codec',
      remoteId: 'remote',
      packetsSent: sent.packets,
      bytesSent: sent.bytes,
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 30,
      framesEncoded: 90,
      keyFramesEncoded: 2,
      nackCount: 3,
      pliCount: 2,
      firCount: 1,
      retransmittedPacketsSent: 4,
      targetBitrate: 500_000,
      qualityLimitationReason: 'bandwidth',
      scalabilityMode: 'L1T3',
    },
    { type: 'outbound-rtp', rid: 'r0', active: false, packetsSent: 0, bytesSent: 0 },
    {
      id: 'remote',
      type: 'remote-inbound-rtp',
      packetsLost: sent.lost,
      jitter: 0.004,
      roundTripTime: 0.05,
    },
    { type: 'media-source', width: 1280 },
  ]);
}

describe('what is sent', () => {
  const before = toTrackStats(camera(1_000, { packets: 100, bytes: 10_000, lost: 1 }), SENT);

  test('has one entry for each size, from small to large, with its units in the names', () => {
    expect(before).toMatchObject({ kind: 'video', direction: 'send', takenAt: 1_000 });
    expect(before.streams).toHaveLength(2);
    expect(before.streams[0]).toMatchObject({ rid: 'r0', isActive: false, packets: 0 });
    expect(before.streams[1]).toEqual({
      rid: 'r1',
      isActive: true,
      mimeType: 'video/VP8',
      packets: 100,
      bytes: 10_000,
      bitrateBps: undefined,
      packetsLost: 1,
      lossRatio: undefined,
      jitterMs: 4,
      roundTripMs: 50,
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 30,
      framesEncoded: 90,
      keyFrames: 2,
      nackCount: 3,
      keyFrameRequests: 3,
      retransmittedPackets: 4,
      targetBitrateBps: 500_000,
      qualityLimitation: 'bandwidth',
      scalabilityMode: 'L1T3',
    });
  });

  test('has rates beside an earlier measurement', () => {
    const after = camera(3_000, { packets: 200, bytes: 35_000, lost: 11 });
    const { streams } = toTrackStats(after, SENT, before);
    expect(streams[1]).toMatchObject({ bitrateBps: 100_000, lossRatio: 0.1 });
    expect(streams[0]).toMatchObject({ bitrateBps: 0, lossRatio: undefined });
  });

  test('has no rates where it began anew meanwhile, as after a reconnection', () => {
    const after = camera(3_000, { packets: 5, bytes: 500, lost: 0 });
    expect(toTrackStats(after, SENT, before).streams[1]).toMatchObject({
      bitrateBps: undefined,
      lossRatio: undefined,
    });
  });

  test('is nothing while nothing is sent', () => {
    expect(toTrackStats(reportOf(1_000, []), SENT)).toEqual({
      kind: 'video',
      direction: 'send',
      takenAt: 0,
      streams: [],
    });
  });
});

describe('what is received', () => {
  const heard = (timestamp: number, packetsReceived: number, packetsLost: number) =>
    reportOf(timestamp, [
      {
        type: 'inbound-rtp',
        packetsReceived,
        packetsLost,
        bytesReceived: packetsReceived * 80,
        jitter: 0.01,
        jitterBufferDelay: 48,
        jitterBufferEmittedCount: 960,
        concealedSamples: 480,
        totalSamplesReceived: 48_000,
        audioLevel: 0.25,
      },
      { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
      { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.02 },
    ]);

  test('is one stream, with what was made up and what waits', () => {
    const { direction, streams } = toTrackStats(heard(2_000, 50, 0), RECEIVED);
    expect(direction).toBe('receive');
    expect(streams).toMatchObject([
      {
        packets: 50,
        bytes: 4_000,
        jitterMs: 10,
        roundTripMs: 20,
        jitterBufferMs: 50,
        concealedRatio: 0.01,
        audioLevel: 0.25,
        frameWidth: undefined,
        mimeType: undefined,
      },
    ]);
  });

  test('counts what was lost among what was to come', () => {
    const before = toTrackStats(heard(2_000, 50, 0), RECEIVED);
    expect(toTrackStats(heard(4_000, 140, 10), RECEIVED, before).streams[0]).toMatchObject({
      bitrateBps: 28_800,
      lossRatio: 0.1,
    });
  });
});

test('there are none of a track that is not published', async () => {
  const mediaStreamTrack = new FakeMediaStreamTrack({ kind: 'video' });
  const track = new LocalVideoTrack({ source: 'camera', mediaStreamTrack, openDevice: undefined });
  expect(await getTrackStats(track)).toBeUndefined();
});
