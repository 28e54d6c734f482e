import type { RtpParameters } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { rtpCapabilities, rtpParameters } from './rtp-schemas.ts';

const camera: RtpParameters = {
  mid: '0',
  msid: '{6c1e} {d0e3}',
  codecs: [
    {
      mimeType: 'video/H264',
      payloadType: 96,
      clockRate: 90_000,
      parameters: { 'profile-level-id': '42e01f', 'packetization-mode': 1 },
      rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
    },
  ],
  headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 }],
  encodings: [{ rid: 'r0', scalabilityMode: 'L1T3' }],
  rtcp: { cname: 'x+5Jk3/aE{}"' },
};

/** What an SDK would write after it into a session description is the attacker's line. */
const injected = 'x\r\na=candidate:1';

function withCodec(change: object): object {
  return { ...camera, codecs: [{ ...camera.codecs[0], ...change }] };
}

describe('RTP parameters', () => {
  test('are taken as browsers write them', () => {
    expect(rtpParameters.parse(camera)).toEqual(camera);
  });

  test.each<[string, object]>([
    ['CNAME', { ...camera, rtcp: { cname: injected } }],
    ['MSID', { ...camera, msid: injected }],
    ['MID', { ...camera, mid: injected }],
    ['RID', { ...camera, encodings: [{ rid: 'x\na=y' }] }],
    ['scalability mode', { ...camera, encodings: [{ scalabilityMode: 'L1T2\na=y' }] }],
    ['codec parameter', withCodec({ parameters: { 'profile-level-id': injected } })],
    ['name of a codec parameter', withCodec({ parameters: { [injected]: 1 } })],
    ['feedback type', withCodec({ rtcpFeedback: [{ type: injected }] })],
    ['header extension', { ...camera, headerExtensions: [{ uri: injected, id: 4 }] }],
  ])('with a line break in a %s are refused: others would get it', (_where, parameters) => {
    expect(rtpParameters.safeParse(parameters).success).toBe(false);
  });
});

test('capabilities with feedback or extensions of no name are refused, which mediasoup complains about for every track', () => {
  const codec = {
    kind: 'video',
    mimeType: 'video/VP8',
    preferredPayloadType: 96,
    clockRate: 90_000,
  };
  for (const capabilities of [
    { codecs: [{ ...codec, rtcpFeedback: [{ type: '' }] }], headerExtensions: [] },
    { codecs: [codec], headerExtensions: [{ kind: 'video', uri: '', preferredId: 1 }] },
  ]) {
    expect(rtpCapabilities.safeParse(capabilities).success).toBe(false);
  }
});
