/**
 * The only place where the wire form of RTP and ICE meets mediasoup's. Both
 * follow ORTC and have the same fields; mediasoup's types are mutable and know
 * the URIs of header extensions by name, so TypeScript needs casts. mediasoup
 * copies what it is given before it changes it, so that read-only data is safe.
 */
import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  RtpCapabilities,
  RtpParameters,
  SctpParameters,
  TransportInfo,
} from '@balai/protocol';
import type { types } from 'mediasoup';

/** What a router takes. */
export function capabilitiesToWire(capabilities: types.RtpCapabilities): RtpCapabilities {
  return capabilities as RtpCapabilities;
}

/** What a client can receive. */
export function capabilitiesFromWire(capabilities: RtpCapabilities): types.RtpCapabilities {
  return capabilities as unknown as types.RtpCapabilities;
}

/** What a consumer sends to its client. */
export function parametersToWire(parameters: types.RtpParameters): RtpParameters {
  return parameters as RtpParameters;
}

/** What a client sends to a producer. */
export function parametersFromWire(parameters: RtpParameters): types.RtpParameters {
  return parameters as unknown as types.RtpParameters;
}

/** SPEC 3.1: the client is the DTLS client, whatever role it names. */
export function dtlsFromWire(parameters: DtlsParameters): types.DtlsParameters {
  return { role: 'client', fingerprints: [...parameters.fingerprints] };
}

/** After an ICE restart. */
export function iceParametersToWire(parameters: types.IceParameters): IceParameters {
  return parameters;
}

/** What a client needs to reach a transport. */
export function transportToWire(transport: types.WebRtcTransport): TransportInfo {
  return {
    transportId: transport.id,
    iceParameters: iceParametersToWire(transport.iceParameters),
    iceCandidates: transport.iceCandidates.map(candidateToWire),
    dtlsParameters: dtlsToWire(transport.dtlsParameters),
    sctpParameters: sctpToWire(transport.sctpParameters),
  };
}

function sctpToWire(parameters: types.SctpParameters | undefined): SctpParameters {
  const { port = 0, maxSendMessageSize = 0, maxReceiveMessageSize = 0 } = parameters ?? {};
  return { port, maxSendMessageSize, maxReceiveMessageSize };
}

/** One fingerprint is enough, and SHA-256 is the one that everybody has (RFC 8122, section 5). */
function dtlsToWire(parameters: types.DtlsParameters): DtlsParameters {
  return {
    ...parameters,
    fingerprints: parameters.fingerprints.filter(({ algorithm }) => algorithm === 'sha-256'),
  };
}

function candidateToWire(candidate: types.IceCandidate): IceCandidate {
  const { foundation, priority, address, protocol, port, type, tcpType } = candidate;
  return {
    foundation,
    priority,
    address,
    protocol,
    port,
    type,
    ...(tcpType === undefined ? {} : { tcpType }),
  };
}
