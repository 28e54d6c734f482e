import type {
  CheckInfo,
  CheckName,
  CheckReason,
  CheckReasonCode,
  CheckStatus,
  FlowData,
  PathData,
} from '@balai/client/connection-check';
import { textOfFailure } from '../app/failure-texts.ts';

/** What each check is about. */
export const CHECK_TITLES = {
  signalling: 'Server',
  udp: 'Media over UDP',
  tcp: 'Media over TCP',
  turn: 'Media over a relay (TURN)',
  publish: 'Sending',
  receive: 'Receiving',
  bandwidth: 'Bandwidth',
} as const satisfies Record<CheckName, string>;

/** The states, as people read them. */
export const STATUS_TEXTS = {
  idle: 'Waiting',
  running: 'Checking…',
  skipped: 'Left out',
  success: 'Works',
  failed: 'Failed',
} as const satisfies Record<CheckStatus, string>;

const NO_MEDIA = {
  udp: 'Your network blocks UDP. Meetings then go over TCP or a relay, with more delay. In an office, ask whoever runs the network to allow UDP to this server.',
  tcp: 'Your network blocks TCP to the port for media. That matters only where UDP is blocked as well: then ask whoever runs the network to allow it.',
  turn: 'The relay can not be reached. That matters only where UDP and TCP are both blocked. Tell whoever runs the server.',
} as const;

/** What to do about each reason that a check itself finds; others are failures as everywhere. */
const REASONS = {
  turn_not_offered:
    'This server has no relay. It is needed only in networks that block UDP and TCP to the server.',
  server_not_reached: 'This can be checked when the server is reached.',
  no_media_path: 'This can be checked when media finds a way to the server.',
  media_not_sent:
    'Your browser sent nothing. Close other programs that take much of the computer, load the page again, or try another browser.',
  media_not_received:
    'What was sent did not come back. A firewall or VPN may disturb media: try without it, or on another network.',
  bandwidth_too_low:
    'Your network carries too little for pictures. Come closer to the access point, use a cable, or join with sound only.',
} as const satisfies Partial<Record<CheckReasonCode, string>>;

/** Why a check failed or was left out, and what to do about it. */
export function textOfReason(name: CheckName, reason: CheckReason): string {
  const { code, message } = reason;
  if (code === 'media_connection_failed' && Object.hasOwn(NO_MEDIA, name)) {
    return NO_MEDIA[name as keyof typeof NO_MEDIA];
  }
  if (Object.hasOwn(REASONS, code)) return REASONS[code as keyof typeof REASONS];
  return textOfFailure({ code, message }).text;
}

/** What a check found, with units; empty where there is nothing to tell. */
export function textOfData(info: CheckInfo): string {
  if (info.data === undefined) return '';
  switch (info.name) {
    case 'signalling':
      return `Answered in ${millis(info.data.requestMs)}, let us in within ${millis(info.data.joinMs)}.`;
    case 'udp':
    case 'tcp':
    case 'turn':
      return textOfPath(info.data);
    case 'publish':
      return textOfFlows(info.data.video, info.data.audio);
    case 'receive': {
      const { video, audio, firstFrameMs } = info.data;
      return `${textOfFlows(video, audio)} First picture after ${millis(firstFrameMs)}.`;
    }
    case 'bandwidth': {
      const { upstream, downstream } = info.data;
      const loss = Math.max(upstream.lossRatio, downstream.lossRatio);
      const jitter = Math.max(upstream.jitterMs, downstream.jitterMs);
      const roundTrip = upstream.roundTripMs ?? downstream.roundTripMs;
      const delay = roundTrip === undefined ? '' : `, round trip ${millis(roundTrip)}`;
      const quality = `Lost ${(loss * 100).toFixed(1)} %, jitter ${millis(jitter)}${delay}.`;
      return `Up ${bits(upstream.bitrateBps)}, down ${bits(downstream.bitrateBps)}. ${quality}`;
    }
  }
}

/** What it all comes to. */
export interface Verdict {
  readonly look: 'good' | 'fair' | 'bad';
  readonly title: string;
  readonly text: string;
}

/** Reads all checks once they are done. */
export function judge(infos: readonly CheckInfo[]): Verdict {
  const failed = (name: CheckName) => find(infos, name)?.status === 'failed';
  const works = (name: CheckName) => find(infos, name)?.status === 'success';
  if (!works('signalling')) return bad('The server was not reached.');
  if (!works('udp') && !works('tcp') && !works('turn')) {
    return bad(
      'Sound and pictures find no way to the server. Try another network, or without VPN.',
    );
  }
  if (!works('publish') || !works('receive')) {
    return bad('Sound and pictures do not come through. The check that failed says what to do.');
  }
  if (failed('bandwidth')) {
    return {
      look: 'fair',
      title: 'Meetings work, with sound only',
      text: 'Your network carries too little for pictures.',
    };
  }
  if (!works('udp')) {
    return {
      look: 'fair',
      title: 'Meetings work, with some delay',
      text: 'UDP is blocked, so sound and pictures take a slower way.',
    };
  }
  return {
    look: 'good',
    title: 'Meetings work from here',
    text: 'Sound and pictures come through in both directions.',
  };
}

/** All of it as text, for whoever helps. */
export function textReport(
  infos: readonly CheckInfo[],
  about: { readonly server: string; readonly browser: string; readonly moment: Date },
): string {
  const lines = [
    'Balai connection check',
    `Server: ${about.server}`,
    `Time: ${about.moment.toISOString()}`,
    `Browser: ${about.browser}`,
    `Result: ${judge(infos).title}`,
  ];
  for (const info of infos) {
    const { name, status, reason, logs } = info;
    const found = textOfData(info);
    lines.push('', `${CHECK_TITLES[name]}: ${status}${reason ? ` (${reason.code})` : ''}`);
    if (found !== '') lines.push(`  ${found}`);
    for (const { level, message } of logs) lines.push(`  [${level}] ${message}`);
  }
  return `${lines.join('\n')}\n`;
}

function find(infos: readonly CheckInfo[], name: CheckName): CheckInfo | undefined {
  return infos.find((info) => info.name === name);
}

function bad(text: string): Verdict {
  return { look: 'bad', title: 'Meetings do not work from here', text };
}

function textOfPath({ connectMs, roundTripMs, relayProtocol, serverAddress }: PathData): string {
  const parts = [
    `Media flowed after ${millis(connectMs)}`,
    roundTripMs === undefined ? '' : `round trip ${millis(roundTripMs)}`,
    relayProtocol === undefined ? '' : `relay over ${relayProtocol.toUpperCase()}`,
    serverAddress === undefined ? '' : `to ${serverAddress}`,
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

function textOfFlows(video: FlowData, audio: FlowData | undefined): string {
  const { width, height, framesPerSecond, mimeType, bitrateBps } = video;
  const picture = [
    width === undefined || height === undefined ? '' : `${width} × ${height} pixels`,
    framesPerSecond === undefined ? '' : `${Math.round(framesPerSecond)} pictures a second`,
    mimeType === undefined ? '' : mimeType.replace(/^video\//, ''),
    bits(bitrateBps),
  ];
  const sound = audio === undefined ? 'Sound was not checked' : `Sound ${bits(audio.bitrateBps)}`;
  return `Picture ${picture.filter(Boolean).join(', ')}. ${sound}.`;
}

function millis(ms: number): string {
  return `${Math.round(ms)} ms`;
}

function bits(bitrate: number): string {
  return bitrate >= 1_000_000
    ? `${(bitrate / 1_000_000).toFixed(1)} Mbit/s`
    : `${Math.round(bitrate / 1000)} kbit/s`;
}
