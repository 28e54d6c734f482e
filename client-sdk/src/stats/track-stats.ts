import type { MediaKind } from '@balai/protocol';
import type { LocalTrack } from '../tracks/local-track.ts';
import type { RemoteTrack } from '../tracks/remote-track.ts';
import type {
  ReceivedStreamStats,
  SentStreamStats,
  StreamStats,
  TrackStats,
} from './track-stats-types.ts';

/** The parts of a report; browsers leave out what they do not have. */
interface Entry {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
  readonly [field: string]: unknown;
}

const LIMITATIONS = ['none', 'cpu', 'bandwidth', 'other'] as const;

/**
 * Asks the browser how a track is sent or received.
 *
 * @param before Of the same track, some time ago: needed for rates.
 * @returns undefined for a track that is not published, or has ended.
 */
export async function getTrackStats(
  track: LocalTrack | RemoteTrack,
  before?: TrackStats,
): Promise<TrackStats | undefined> {
  const report = await track.getRTCStatsReport();
  return report && toTrackStats(report, track, before);
}

/** Brings a browser's report on one sender or receiver into shape. Pure. */
export function toTrackStats(
  report: RTCStatsReport,
  { kind, isLocal }: { readonly kind: MediaKind; readonly isLocal: boolean },
  before?: TrackStats,
): TrackStats {
  const entries = [...(report as ReadonlyMap<string, Entry>).values()];
  const takenAt = Math.max(0, ...entries.map(({ timestamp }) => timestamp));
  const seconds = before === undefined ? 0 : (takenAt - before.takenAt) / 1_000;
  const find = (id: unknown) => (typeof id === 'string' ? report.get(id) : undefined) as Entry;
  if (isLocal) {
    const streams = entries
      .filter(({ type }) => type === 'outbound-rtp')
      .map((entry) => {
        const rid = text(entry, 'rid');
        const former = before?.streams.find((one) => 'rid' in one && one.rid === rid);
        return sentStream(entry, find(entry['remoteId']), find, { former, seconds });
      })
      .toSorted((one, other) => size(one) - size(other));
    return { kind, takenAt, direction: 'send', streams };
  }
  const path = entries.find(({ type, nominated }) => type === 'candidate-pair' && nominated);
  const streams = entries
    .filter(({ type }) => type === 'inbound-rtp')
    .map((entry) => receivedStream(entry, path, find, { former: before?.streams[0], seconds }));
  return { kind, takenAt, direction: 'receive', streams };
}

interface Comparison {
  readonly former: StreamStats | undefined;
  readonly seconds: number;
}

type Find = (id: unknown) => Entry | undefined;

function sentStream(
  entry: Entry,
  remote: Entry | undefined,
  find: Find,
  comparison: Comparison,
): SentStreamStats {
  const limitation = LIMITATIONS.find((one) => one === entry['qualityLimitationReason']);
  return {
    ...rates(number(entry, 'packetsSent'), number(entry, 'bytesSent'), remote, comparison),
    ...picture(entry, find),
    keyFrames: number(entry, 'keyFramesEncoded'),
    jitterMs: milliseconds(remote, 'jitter'),
    roundTripMs: milliseconds(remote, 'roundTripTime'),
    rid: text(entry, 'rid'),
    isActive: entry['active'] !== false,
    scalabilityMode: text(entry, 'scalabilityMode'),
    framesEncoded: number(entry, 'framesEncoded'),
    retransmittedPackets: number(entry, 'retransmittedPacketsSent'),
    targetBitrateBps: number(entry, 'targetBitrate'),
    qualityLimitation: limitation,
  };
}

function receivedStream(
  entry: Entry,
  path: Entry | undefined,
  find: Find,
  comparison: Comparison,
): ReceivedStreamStats {
  const waited = milliseconds(entry, 'jitterBufferDelay');
  const roundTripMs = milliseconds(find(entry['remoteId']), 'roundTripTime');
  return {
    ...rates(number(entry, 'packetsReceived'), number(entry, 'bytesReceived'), entry, comparison),
    ...picture(entry, find),
    keyFrames: number(entry, 'keyFramesDecoded'),
    jitterMs: milliseconds(entry, 'jitter'),
    roundTripMs: roundTripMs ?? milliseconds(path, 'currentRoundTripTime'),
    framesDecoded: number(entry, 'framesDecoded'),
    framesDropped: number(entry, 'framesDropped'),
    freezeCount: number(entry, 'freezeCount'),
    freezeMs: milliseconds(entry, 'totalFreezesDuration'),
    jitterBufferMs: share(waited, number(entry, 'jitterBufferEmittedCount')),
    concealedRatio: share(number(entry, 'concealedSamples'), number(entry, 'totalSamplesReceived')),
    audioLevel: number(entry, 'audioLevel'),
  };
}

/** @param counter What knows how many packets were lost. */
function rates(
  packets = 0,
  bytes = 0,
  counter: Entry | undefined,
  { former, seconds }: Comparison,
): Pick<StreamStats, 'packets' | 'bytes' | 'bitrateBps' | 'packetsLost' | 'lossRatio'> {
  const packetsLost = number(counter, 'packetsLost');
  const isComparable = former !== undefined && seconds > 0 && packets >= former.packets;
  if (!isComparable) {
    return { packets, bytes, bitrateBps: undefined, packetsLost, lossRatio: undefined };
  }
  const lost = Math.max(0, (packetsLost ?? 0) - (former.packetsLost ?? 0));
  // What is sent counts what is lost; what is received does not.
  const isReceived = counter?.type === 'inbound-rtp';
  const expected = packets - former.packets + (isReceived ? lost : 0);
  return {
    packets,
    bytes,
    bitrateBps: Math.round(((bytes - former.bytes) * 8) / seconds),
    packetsLost,
    lossRatio: packetsLost === undefined ? undefined : Math.min(1, share(lost, expected) ?? 0),
  };
}

function picture(
  entry: Entry,
  find: Find,
): Pick<
  StreamStats,
  'mimeType' | 'frameWidth' | 'frameHeight' | 'framesPerSecond' | 'nackCount' | 'keyFrameRequests'
> {
  const plis = number(entry, 'pliCount');
  return {
    mimeType: text(find(entry['codecId']), 'mimeType'),
    frameWidth: number(entry, 'frameWidth'),
    frameHeight: number(entry, 'frameHeight'),
    framesPerSecond: number(entry, 'framesPerSecond'),
    nackCount: number(entry, 'nackCount'),
    keyFrameRequests: plis === undefined ? undefined : plis + (number(entry, 'firCount') ?? 0),
  };
}

/** A size that is not sent has none in the report; RIDs of this SDK count up with the size. */
function size({ frameWidth, rid }: SentStreamStats): number {
  return frameWidth ?? Number(rid?.match(/\d+/)?.[0] ?? 0) / 1_000;
}

function number(entry: Entry | undefined, field: string): number | undefined {
  const value = entry?.[field];
  return typeof value === 'number' ? value : undefined;
}

function text(entry: Entry | undefined, field: string): string | undefined {
  const value = entry?.[field];
  return typeof value === 'string' ? value : undefined;
}

/** Browsers count in seconds. */
function milliseconds(entry: Entry | undefined, field: string): number | undefined {
  const seconds = number(entry, field);
  return seconds === undefined ? undefined : seconds * 1_000;
}

function share(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || !whole ? undefined : part / whole;
}
