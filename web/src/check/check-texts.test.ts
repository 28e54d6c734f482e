import type { CheckInfo, CheckName } from '@balai/client/connection-check';
import { describe, expect, it } from 'vitest';
import { judge, textOfData, textOfReason, textReport } from './check-texts.ts';

const path = { connectMs: 80.4, protocol: 'udp', candidateType: 'host', roundTripMs: 12 } as const;
const video = {
  mimeType: 'video/VP8',
  bitrateBps: 300_000,
  width: 640,
  height: 360,
  framesPerSecond: 20,
} as const;
const direction = {
  bitrateBps: 2_400_000,
  lossRatio: 0.012,
  jitterMs: 3,
  roundTripMs: 12,
} as const;

const GOOD: readonly CheckInfo[] = [
  { name: 'signalling', status: 'success', logs: [], data: { requestMs: 20, joinMs: 45 } },
  { name: 'udp', status: 'success', logs: [], data: path },
  {
    name: 'tcp',
    status: 'success',
    logs: [{ level: 'info', message: 'Media flows.' }],
    data: { ...path, protocol: 'tcp', serverAddress: '192.0.2.1:4443' },
  },
  {
    name: 'turn',
    status: 'skipped',
    logs: [],
    reason: { code: 'turn_not_offered', message: 'none' },
  },
  { name: 'publish', status: 'success', logs: [], data: { video, audio: { bitrateBps: 30_000 } } },
  { name: 'receive', status: 'success', logs: [], data: { video, firstFrameMs: 210 } },
  {
    name: 'bandwidth',
    status: 'success',
    logs: [],
    data: { upstream: direction, downstream: { ...direction, bitrateBps: 900_000 } },
  },
];

function failing(...names: readonly CheckName[]): readonly CheckInfo[] {
  return GOOD.map((info) =>
    names.includes(info.name)
      ? ({
          name: info.name,
          status: 'failed',
          logs: [],
          reason: { code: 'media_connection_failed', message: '' },
        } as CheckInfo)
      : info,
  );
}

describe('the words for a check', () => {
  it('tell what was found, with units', () => {
    expect(GOOD.map(textOfData)).toEqual([
      'Answered in 20 ms, let us in within 45 ms.',
      'Media flowed after 80 ms, round trip 12 ms.',
      'Media flowed after 80 ms, round trip 12 ms, to 192.0.2.1:4443.',
      '',
      'Picture 640 × 360 pixels, 20 pictures a second, VP8, 300 kbit/s. Sound 30 kbit/s.',
      'Picture 640 × 360 pixels, 20 pictures a second, VP8, 300 kbit/s. Sound was not checked. First picture after 210 ms.',
      'Up 2.4 Mbit/s, down 900 kbit/s. Lost 1.2 %, jitter 3 ms, round trip 12 ms.',
    ]);
  });

  it('say what to do about a failure, by its code and by what was checked', () => {
    const blocked = { code: 'media_connection_failed', message: 'x' } as const;
    const texts = (['udp', 'tcp', 'turn', 'publish'] as const).map((name) =>
      textOfReason(name, blocked),
    );
    expect(new Set(texts).size).toBe(4);
    expect(texts[0]).toContain('blocks UDP');
    expect(textOfReason('bandwidth', { code: 'bandwidth_too_low', message: 'x' })).toContain(
      'sound only',
    );
    expect(textOfReason('signalling', { code: 'connection_failed', message: 'x' })).toContain(
      'internet connection',
    );
  });

  it.each([
    [[], 'good', 'Meetings work from here'],
    [['udp'], 'fair', 'Meetings work, with some delay'],
    [['bandwidth'], 'fair', 'Meetings work, with sound only'],
    [['udp', 'tcp'], 'bad', 'Meetings do not work from here'],
    [['receive'], 'bad', 'Meetings do not work from here'],
    [['signalling'], 'bad', 'Meetings do not work from here'],
  ] as const)('judge, where %j fails, %s', (names, look, title) => {
    expect(judge(failing(...names))).toMatchObject({ look, title });
  });

  it('make a report with every check, its reason and its lines', () => {
    const moment = new Date('2026-01-31T12:00:00.000Z');
    const report = textReport(failing('udp'), {
      server: 'https://balai.example',
      browser: 'Browser/1',
      moment,
    });
    expect(report).toContain('Server: https://balai.example\nTime: 2026-01-31T12:00:00.000Z\n');
    expect(report).toContain('Media over UDP: failed (media_connection_failed)\n');
    expect(report).toContain('[info] Media flows.');
    expect(report).toContain('Media over a relay (TURN): skipped (turn_not_offered)');
    expect(report).toContain('Result: Meetings work, with some delay');
  });
});
