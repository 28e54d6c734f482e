import { describe, expect, test } from 'vitest';
import { computeRouterCapabilities } from './codecs.ts';

const { codecs, headerExtensions } = computeRouterCapabilities();

function named(mimeType: string) {
  return codecs.filter((codec) => codec.mimeType === mimeType);
}

describe('computeRouterCapabilities', () => {
  test('offers the codecs in order of preference', () => {
    expect(codecs.map((codec) => codec.mimeType).filter((name) => name !== 'video/rtx')).toEqual([
      'audio/opus',
      'video/VP8',
      'video/VP9',
      'video/H264',
      'video/H264',
      'video/AV1',
    ]);
  });

  test('repairs each video codec with RTX', () => {
    const repaired = named('video/rtx').map((codec) => codec.parameters?.['apt']);
    const expected = codecs
      .filter((codec) => codec.kind === 'video' && codec.mimeType !== 'video/rtx')
      .map((codec) => codec.preferredPayloadType);
    expect(repaired).toEqual(expected);
  });

  test.each(['video/VP8', 'video/VP9', 'video/H264', 'video/AV1'])(
    'gives %s transport-cc, NACK and PLI feedback',
    (mimeType) => {
      for (const codec of named(mimeType)) {
        expect(codec.rtcpFeedback).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ type: 'transport-cc' }),
            { type: 'nack', parameter: '' },
            { type: 'nack', parameter: 'pli' },
          ]),
        );
      }
    },
  );

  test('asks publishers of Opus for in-band error correction', () => {
    expect(named('audio/opus')[0]?.parameters).toMatchObject({ useinbandfec: 1 });
  });

  test('knows the header extensions that simulcast and congestion control need', () => {
    const uris = headerExtensions.map((extension) => extension.uri);
    expect(uris).toEqual(
      expect.arrayContaining([
        'urn:ietf:params:rtp-hdrext:sdes:mid',
        'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
        'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      ]),
    );
  });

  test('estimates no bandwidth for audio (SPEC 9.8)', () => {
    expect(named('audio/opus')[0]?.rtcpFeedback).toEqual([{ type: 'nack', parameter: '' }]);
    const uris = headerExtensions.filter(({ kind }) => kind === 'audio').map(({ uri }) => uri);
    expect(uris.filter((uri) => /transport-wide-cc|abs-send-time/.test(uri))).toEqual([]);
  });

  test('describes the layers of AV1 both ways', () => {
    const found = headerExtensions.find(({ uri }) => uri.includes('dependency-descriptor'));
    expect(found?.direction).toBe('sendrecv');
  });

  test('uses each payload type once', () => {
    const types = codecs.map((codec) => codec.preferredPayloadType);
    expect(new Set(types).size).toBe(types.length);
  });

  test('is the same every time', () => {
    expect(computeRouterCapabilities()).toEqual(computeRouterCapabilities());
  });
});
