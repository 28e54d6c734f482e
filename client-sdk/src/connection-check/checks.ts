import type { ConnectionCheckAccess } from '@balai/protocol';
import type { RoomConnectOptions, TrackPublishOptions } from '../options.ts';
import {
  type BandwidthData,
  type CheckData,
  CheckEnd,
  type CheckName,
  type FlowData,
  type PathData,
} from './check-info.ts';
import {
  countArrived,
  countSent,
  readDownstream,
  readFlow,
  readPath,
  readUpstream,
} from './flow-stats.ts';
import type { Flow, Peer } from './peer.ts';
import type { CheckPlan, CheckTools } from './run-check.ts';

/** Gets the way into the room of the checks; the first to ask makes the request. */
export type GetAccess = (signal: AbortSignal) => Promise<ConnectionCheckAccess>;

const PATH_DEADLINE_MS = 15_000;
const FLOW_DEADLINE_MS = 20_000;
/** For the rate of a flow to mean something. */
const FLOW_MEASURED_MS = 1_500;
/** In which a sender finds out how much the network takes. */
const RAMP_MS = 3_500;
const BANDWIDTH_MEASURED_MS = 4_000;
/** More than one camera at 720p needs. */
const MOST_BITRATE = 2_500_000;
/** Below this nobody is seen; a picture as small as a stamp takes so much. */
const LEAST_BITRATE = 150_000;
/** Below this a camera is not seen at its best. */
const GOOD_BITRATE = 1_000_000;

const SMALL = { width: 320, height: 180, frameRate: 15, look: 'bars' } as const;
const PUBLISHED = { width: 640, height: 360, frameRate: 20, look: 'bars' } as const;
const LOAD = { width: 640, height: 360, frameRate: 30, look: 'noise' } as const;

const VIDEO: TrackPublishOptions = { source: 'camera', simulcast: false };
const AUDIO: TrackPublishOptions = { source: 'microphone', dtx: false };

/** How each check is done. */
export function planChecks(getAccess: GetAccess): {
  readonly [Name in CheckName]: CheckPlan<CheckData[Name]>;
} {
  return {
    signalling: {
      deadlineMs: 20_000,
      late: { code: 'request_timeout', message: 'The server did not let us in in time.' },
      async run(tools) {
        const askedAt = performance.now();
        const access = await getAccess(tools.signal);
        const requestMs = since(askedAt);
        tools.log('info', `The server answered after ${Math.round(requestMs)} ms.`);
        const joinedAt = performance.now();
        await tools.join(access, 'publisher');
        const joinMs = since(joinedAt);
        tools.log('info', `We were in the room after ${Math.round(joinMs)} ms.`);
        return { requestMs, joinMs };
      },
    },
    udp: planPath(getAccess, 'udp'),
    tcp: planPath(getAccess, 'tcp'),
    turn: {
      deadlineMs: PATH_DEADLINE_MS,
      late: {
        code: 'media_connection_failed',
        message: 'No media came through over the TURN server.',
      },
      async run(tools) {
        const access = await getAccess(tools.signal);
        const iceServers = access.iceServers
          .map((server) => ({ ...server, urls: server.urls.filter((url) => /^turns?:/.test(url)) }))
          .filter(({ urls }) => urls.length > 0);
        if (iceServers.length === 0) {
          throw new CheckEnd('skipped', 'turn_not_offered', 'The server offers no TURN server.');
        }
        for (const { urls } of iceServers) tools.log('info', `Offered: ${urls.join(', ')}.`);
        const rtcConfig: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' };
        const path = await findPath(tools, access, { rtcConfig });
        if (path.candidateType === 'relay') return path;
        throw new CheckEnd(
          'failed',
          'media_connection_failed',
          `Media took a path of the kind ${path.candidateType}.`,
        );
      },
    },
    publish: {
      deadlineMs: FLOW_DEADLINE_MS,
      late: { code: 'media_not_sent', message: 'The browser sent no media.' },
      async run(tools) {
        const publisher = await tools.join(await getAccess(tools.signal), 'publisher');
        const { video, audio } = await publishBoth(tools, publisher);
        const [videoData, audioData] = await Promise.all([
          measureFlow(tools, video, countSent),
          audio && measureFlow(tools, audio, countSent),
        ]);
        return { video: videoData, ...(audioData && { audio: audioData }) };
      },
    },
    receive: {
      deadlineMs: FLOW_DEADLINE_MS,
      late: { code: 'media_not_received', message: 'What we sent did not come back.' },
      async run(tools) {
        const access = await getAccess(tools.signal);
        const [publisher, receiver] = await Promise.all([
          tools.join(access, 'publisher'),
          tools.join(access, 'receiver'),
        ]);
        const publishedAt = performance.now();
        const sent = await publishBoth(tools, publisher);
        const video = await receiver.receive('video');
        await tools.until(async () => (await reachedBy(video, countArrived)) || undefined);
        const firstFrameMs = since(publishedAt);
        tools.log('info', `The first picture came after ${Math.round(firstFrameMs)} ms.`);
        const audio = sent.audio && (await receiver.receive('audio'));
        const [videoData, audioData] = await Promise.all([
          measureFlow(tools, video, countArrived),
          audio && measureFlow(tools, audio, countArrived),
        ]);
        return { firstFrameMs, video: videoData, ...(audioData && { audio: audioData }) };
      },
    },
    bandwidth: {
      deadlineMs: FLOW_DEADLINE_MS + RAMP_MS + BANDWIDTH_MEASURED_MS,
      late: { code: 'media_not_received', message: 'What we sent did not come back.' },
      run: async (tools) => measureBandwidth(tools, await getAccess(tools.signal)),
      judge: ({ upstream, downstream }) => {
        const least = Math.min(upstream.bitrateBps, downstream.bitrateBps);
        if (least >= LEAST_BITRATE) return undefined;
        const message = `Only ${kbits(least)} come through.`;
        return { code: 'bandwidth_too_low', message };
      },
    },
  };
}

/** Straight to the server, over one protocol. */
function planPath(getAccess: GetAccess, protocol: 'udp' | 'tcp'): CheckPlan<PathData> {
  const name = protocol.toUpperCase();
  return {
    deadlineMs: PATH_DEADLINE_MS,
    late: { code: 'media_connection_failed', message: `No media came through over ${name}.` },
    async run(tools) {
      const path = await findPath(tools, await getAccess(tools.signal), {
        iceTransport: protocol,
        rtcConfig: { iceServers: [] },
      });
      if (path.protocol === protocol) return path;
      throw new CheckEnd('failed', 'media_connection_failed', `Media went over ${path.protocol}.`);
    },
  };
}

async function findPath(
  tools: CheckTools,
  access: ConnectionCheckAccess,
  options: RoomConnectOptions,
): Promise<PathData> {
  const publisher = await tools.join(access, 'publisher', options);
  const joinedAt = performance.now();
  const video = await publisher.publish(tools.paint(SMALL), VIDEO);
  const path = await tools.until(async () => {
    const report = await video.getStats();
    return report && readPath(report);
  });
  const connectMs = since(joinedAt);
  tools.log('info', `Media flows since ${Math.round(connectMs)} ms after joining.`);
  return { connectMs, ...path };
}

interface Published {
  readonly video: Flow;
  readonly audio: Flow | undefined;
}

async function publishBoth(tools: CheckTools, publisher: Peer): Promise<Published> {
  const tone = await tools.playTone();
  if (!tone) {
    tools.log('warning', 'Sound was left out: the browser makes none before the page was touched.');
  }
  const [video, audio] = await Promise.all([
    publisher.publish(tools.paint(PUBLISHED), VIDEO),
    tone && publisher.publish(tone, AUDIO),
  ]);
  return { video, audio };
}

async function reachedBy(
  flow: Flow,
  count: (report: RTCStatsReport) => number,
): Promise<RTCStatsReport | undefined> {
  const report = await flow.getStats();
  return report && count(report) > 0 ? report : undefined;
}

/** Waits until it flows, and measures it for a moment. */
async function measureFlow(
  tools: CheckTools,
  flow: Flow,
  count: (report: RTCStatsReport) => number,
): Promise<FlowData> {
  const before = await tools.until(() => reachedBy(flow, count));
  await tools.pause(FLOW_MEASURED_MS);
  return await tools.until(async () => {
    const after = await flow.getStats();
    return after && count(after) > count(before) ? readFlow(before, after) : undefined;
  });
}

async function measureBandwidth(
  tools: CheckTools,
  access: ConnectionCheckAccess,
): Promise<BandwidthData> {
  const [publisher, receiver] = await Promise.all([
    tools.join(access, 'publisher'),
    tools.join(access, 'receiver'),
  ]);
  const sent = await publisher.publish(tools.paint(LOAD), {
    ...VIDEO,
    videoEncoding: { maxBitrate: MOST_BITRATE, maxFramerate: LOAD.frameRate },
    degradationPreference: 'maintain-resolution',
  });
  const received = await receiver.receive('video');
  await tools.until(() => reachedBy(received, countArrived));
  await tools.pause(RAMP_MS);
  const read = () =>
    tools.until(async () => {
      const [up, down] = await Promise.all([sent.getStats(), received.getStats()]);
      return up && down && { up, down };
    });
  const before = await read();
  await tools.pause(BANDWIDTH_MEASURED_MS);
  const after = await read();
  const upstream = readUpstream(before.up, after.up);
  const downstream = readDownstream(before.down, after.down);
  tools.log('info', `Up ${kbits(upstream.bitrateBps)}, down ${kbits(downstream.bitrateBps)}.`);
  if (Math.min(upstream.bitrateBps, downstream.bitrateBps) < GOOD_BITRATE) {
    tools.log('warning', 'A camera at its best needs more.');
  }
  return { upstream, downstream };
}

function since(moment: number): number {
  return performance.now() - moment;
}

function kbits(bitrate: number): string {
  return `${Math.round(bitrate / 1000)} kbit/s`;
}
