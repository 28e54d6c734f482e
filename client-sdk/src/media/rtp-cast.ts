/**
 * The only place where the protocol's media types meet mediasoup-client's.
 * Fields are copied by name on the way out: the library adds fields of its own,
 * and the server takes unknown fields for faults (SPEC 2.3).
 */
import type {
  CodecParameters,
  DtlsParameters,
  IceCandidate,
  RtcpFeedback,
  RtpCapabilities,
  RtpParameters,
  TransportInfo,
} from '@balai/protocol';
import type { types } from 'mediasoup-client';

/** The router's capabilities, for the device. */
export function toLibraryCapabilities(capabilities: RtpCapabilities): types.RtpCapabilities {
  return structuredClone(capabilities) as types.RtpCapabilities;
}

/** What a subscription's receiver has to expect. */
export function toLibraryRtpParameters(parameters: RtpParameters): types.RtpParameters {
  return structuredClone(parameters) as types.RtpParameters;
}

/** A transport of the server, for the device. */
export function toLibraryTransport(
  info: TransportInfo,
  candidates: readonly IceCandidate[],
): Pick<
  types.TransportOptions,
  'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters' | 'sctpParameters'
> {
  return {
    id: info.transportId,
    iceParameters: { ...info.iceParameters } as types.IceParameters,
    iceCandidates: candidates.map(
      (candidate) => ({ ...candidate, ip: candidate.address }) as types.IceCandidate,
    ),
    dtlsParameters: structuredClone(info.dtlsParameters) as types.DtlsParameters,
    sctpParameters: { ...info.sctpParameters },
  };
}

/** What the device can receive, for the handshake. */
export function fromLibraryCapabilities(capabilities: types.RtpCapabilities): RtpCapabilities {
  return {
    codecs: (capabilities.codecs ?? []).map((codec) => ({
      kind: codec.kind,
      mimeType: codec.mimeType,
      preferredPayloadType: codec.preferredPayloadType,
      clockRate: codec.clockRate,
      channels: codec.channels,
      parameters: fromLibraryCodecParameters(codec.parameters),
      rtcpFeedback: codec.rtcpFeedback?.map(fromLibraryFeedback),
    })),
    headerExtensions: (capabilities.headerExtensions ?? []).map((extension) => ({
      kind: extension.kind,
      uri: extension.uri,
      preferredId: extension.preferredId,
      preferredEncrypt: extension.preferredEncrypt,
      direction: extension.direction,
    })),
  };
}

/** What a sender sends, for the server. */
export function fromLibraryRtpParameters(parameters: types.RtpParameters): RtpParameters {
  return {
    mid: parameters.mid,
    msid: parameters.msid,
    codecs: parameters.codecs.map((codec) => ({
      mimeType: codec.mimeType,
      payloadType: codec.payloadType,
      clockRate: codec.clockRate,
      channels: codec.channels,
      parameters: fromLibraryCodecParameters(codec.parameters),
      rtcpFeedback: codec.rtcpFeedback?.map(fromLibraryFeedback),
    })),
    headerExtensions: (parameters.headerExtensions ?? []).map((extension) => ({
      uri: extension.uri,
      id: extension.id,
      encrypt: extension.encrypt,
      parameters: fromLibraryCodecParameters(extension.parameters),
    })),
    encodings: (parameters.encodings ?? []).map((encoding) => ({
      ssrc: encoding.ssrc,
      rid: encoding.rid,
      codecPayloadType: encoding.codecPayloadType,
      rtx: encoding.rtx && { ssrc: encoding.rtx.ssrc },
      dtx: encoding.dtx,
      scalabilityMode: encoding.scalabilityMode,
      maxBitrate: encoding.maxBitrate,
    })),
    rtcp: { cname: parameters.rtcp?.cname, reducedSize: parameters.rtcp?.reducedSize },
  };
}

/** Our side of the DTLS handshake, for the server. */
export function fromLibraryDtlsParameters(parameters: types.DtlsParameters): DtlsParameters {
  return {
    role: parameters.role,
    fingerprints: parameters.fingerprints.map(({ algorithm, value }) => ({ algorithm, value })),
  };
}

function fromLibraryCodecParameters(
  parameters: Record<string, unknown> | undefined,
): CodecParameters | undefined {
  return parameters && ({ ...parameters } as CodecParameters);
}

function fromLibraryFeedback({ type, parameter }: types.RtcpFeedback): RtcpFeedback {
  return { type, parameter };
}
