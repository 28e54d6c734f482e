import type { DtlsFingerprint, IceCandidate, TransportInfo } from '@balai/protocol';

/**
 * The answer of a mediasoup transport to a client's offer of one media section,
 * which is only a pipe: what flows through it is negotiated elsewhere.
 *
 * @param candidates Where the client is to find the server, by UDP.
 */
export function answerOf(transport: TransportInfo, candidates: readonly IceCandidate[]): string {
  return answer(transport, candidates, [
    'm=video 7 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:96 VP8/90000',
  ]);
}

/** As {@link answerOf}, to an offer of data channels and nothing else (RFC 8841). */
export function dataAnswerOf(transport: TransportInfo): string {
  const { port, maxReceiveMessageSize } = transport.sctpParameters;
  const candidates = transport.iceCandidates.filter((one) => one.protocol === 'udp');
  return answer(transport, candidates, [
    'm=application 7 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    `a=sctp-port:${port}`,
    `a=max-message-size:${maxReceiveMessageSize}`,
  ]);
}

function answer(
  { iceParameters, dtlsParameters }: TransportInfo,
  candidates: readonly IceCandidate[],
  section: readonly string[],
): string {
  const fingerprint = dtlsParameters.fingerprints.find((print) => print.algorithm === 'sha-256');
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    ...section,
    'a=setup:passive',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint?.value ?? ''}`,
    ...candidates.map(candidateLine),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

function candidateLine(candidate: IceCandidate): string {
  const { foundation, priority, address, protocol, port, type } = candidate;
  return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}`;
}

/** The certificate's fingerprint in a local description. */
export function fingerprintOf(sdp: string): DtlsFingerprint {
  const value = /^a=fingerprint:sha-256 (\S+)/m.exec(sdp)?.[1];
  if (value === undefined) throw new Error('the local description has no SHA-256 fingerprint');
  return { algorithm: 'sha-256', value };
}
