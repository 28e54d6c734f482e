import type { DirectionData, FlowData, PathData } from './check-info.ts';

/** What browsers report, which the types of the DOM know in part. */
interface Stat {
  readonly type: string;
  readonly id: string;
  readonly timestamp: number;
  readonly kind?: string;
  readonly [field: string]: unknown;
}

/** The path that the browser selected; undefined while media does not flow over one. */
export function readPath(report: RTCStatsReport): Omit<PathData, 'connectMs'> | undefined {
  const stats = statsOf(report);
  const transport = stats.find(({ type }) => type === 'transport');
  const selectedId = transport?.['selectedCandidatePairId'];
  const pair = stats.find(
    (stat) =>
      stat.type === 'candidate-pair' &&
      (selectedId === undefined
        ? stat['nominated'] === true && stat['state'] === 'succeeded'
        : stat.id === selectedId),
  );
  const find = (id: unknown) => stats.find((stat) => stat.id === id);
  const local = find(pair?.['localCandidateId']);
  const remote = find(pair?.['remoteCandidateId']);
  const hasMedia = stats.some(
    (stat) =>
      (stat.type === 'outbound-rtp' && number(stat, 'packetsSent') > 0) ||
      (stat.type === 'inbound-rtp' && number(stat, 'packetsReceived') > 0),
  );
  const protocol = local?.['protocol'];
  if (!hasMedia || (protocol !== 'udp' && protocol !== 'tcp')) return undefined;
  const relayProtocol = local?.['relayProtocol'] as PathData['relayProtocol'];
  const roundTrip = pair?.['currentRoundTripTime'];
  const address = remote?.['address'];
  return {
    protocol,
    candidateType: local?.['candidateType'] as RTCIceCandidateType,
    ...(relayProtocol && { relayProtocol }),
    ...(typeof address === 'string' && { serverAddress: `${address}:${remote?.['port']}` }),
    ...(typeof roundTrip === 'number' && { roundTripMs: roundTrip * 1000 }),
  };
}

/** How many pictures came so far, or packets of sound. */
export function countArrived(report: RTCStatsReport): number {
  const inbound = statsOf(report).find(({ type }) => type === 'inbound-rtp');
  if (!inbound) return 0;
  return number(inbound, inbound.kind === 'video' ? 'framesDecoded' : 'packetsReceived');
}

/** Packets of media that went out so far. */
export function countSent(report: RTCStatsReport): number {
  return statsOf(report).reduce(
    (sum, stat) => sum + (stat.type === 'outbound-rtp' ? number(stat, 'packetsSent') : 0),
    0,
  );
}

/** What flowed between two reports of one track; undefined where it says nothing. */
export function readFlow(before: RTCStatsReport, after: RTCStatsReport): FlowData | undefined {
  const [first, last] = [rtpOf(before), rtpOf(after)];
  if (!first || !last) return undefined;
  const bytes = last.type === 'outbound-rtp' ? 'bytesSent' : 'bytesReceived';
  const codec = statsOf(after).find(({ id }) => id === last['codecId']);
  const optional = (key: string, name: keyof FlowData) =>
    typeof last[key] === 'number' && { [name]: last[key] };
  return {
    bitrateBps: rate(first, last, bytes),
    ...(typeof codec?.['mimeType'] === 'string' && { mimeType: codec['mimeType'] }),
    ...optional('frameWidth', 'width'),
    ...optional('frameHeight', 'height'),
    ...optional('framesPerSecond', 'framesPerSecond'),
  };
}

/** The way up between two reports of its sender. */
export function readUpstream(before: RTCStatsReport, after: RTCStatsReport): DirectionData {
  const [first, last] = [rtpOf(before), rtpOf(after)];
  const find = (report: RTCStatsReport, kind: string) =>
    statsOf(report).find(({ type }) => type === kind);
  const [formerly, heard] = [find(before, 'remote-inbound-rtp'), find(after, 'remote-inbound-rtp')];
  const sent = grown(first, last, 'packetsSent');
  const lost = Math.max(0, grown(formerly, heard, 'packetsLost'));
  const available = statsOf(after)
    .map((stat) => stat['availableOutgoingBitrate'])
    .find((bitrate) => typeof bitrate === 'number');
  const roundTrip = heard && number(heard, 'roundTripTime');
  return {
    bitrateBps: first && last ? rate(first, last, 'bytesSent') : 0,
    ...(available !== undefined && { availableBitrateBps: available }),
    lossRatio: sent > 0 ? Math.min(1, lost / sent) : 0,
    jitterMs: heard ? number(heard, 'jitter') * 1000 : 0,
    ...(roundTrip && { roundTripMs: roundTrip * 1000 }),
  };
}

/** The way down between two reports of its receiver. */
export function readDownstream(before: RTCStatsReport, after: RTCStatsReport): DirectionData {
  const [first, last] = [rtpOf(before), rtpOf(after)];
  const lost = Math.max(0, grown(first, last, 'packetsLost'));
  const expected = lost + grown(first, last, 'packetsReceived');
  const { roundTripMs } = readPath(after) ?? {};
  return {
    bitrateBps: first && last ? rate(first, last, 'bytesReceived') : 0,
    lossRatio: expected > 0 ? lost / expected : 0,
    jitterMs: last ? number(last, 'jitter') * 1000 : 0,
    ...(roundTripMs !== undefined && { roundTripMs }),
  };
}

function statsOf(report: RTCStatsReport): Stat[] {
  return [...report.values()] as Stat[];
}

function rtpOf(report: RTCStatsReport): Stat | undefined {
  return statsOf(report).find(({ type }) => type === 'outbound-rtp' || type === 'inbound-rtp');
}

function number(stat: Stat, field: string): number {
  const value = stat[field];
  return typeof value === 'number' ? value : 0;
}

function grown(first: Stat | undefined, last: Stat | undefined, field: string): number {
  return last ? number(last, field) - (first ? number(first, field) : 0) : 0;
}

/** In bits per second. */
function rate(first: Stat, last: Stat, field: string): number {
  const seconds = (last.timestamp - first.timestamp) / 1000;
  return seconds > 0 ? Math.round((8 * grown(first, last, field)) / seconds) : 0;
}
