/**
 * The wire form of media negotiation, after ORTC and RFC 8829. It is Balai's
 * own: mediasoup's and mediasoup-client's types differ from each other, and each
 * side casts to its library in one file.
 */

/** What a track carries. */
export type MediaKind = 'audio' | 'video';

/** A kind of feedback that a codec is used with: the `a=rtcp-fb` line (RFC 4585). */
export interface RtcpFeedback {
  readonly type: string;
  readonly parameter?: string | undefined;
}

/** Codec parameters as in the `a=fmtp` line. */
export type CodecParameters = Readonly<Record<string, string | number | undefined>>;

/** A codec that an endpoint knows. */
export interface RtpCodecCapability {
  readonly kind: MediaKind;
  /** For example `video/VP8`. */
  readonly mimeType: string;
  readonly preferredPayloadType: number;
  /** In Hz. */
  readonly clockRate: number;
  /** Audio only; default 1. */
  readonly channels?: number | undefined;
  readonly parameters?: CodecParameters | undefined;
  readonly rtcpFeedback?: readonly RtcpFeedback[] | undefined;
}

/** Which way a header extension may be used. */
export type RtpHeaderExtensionDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A header extension that an endpoint knows (RFC 8285). */
export interface RtpHeaderExtension {
  readonly kind: MediaKind;
  readonly uri: string;
  readonly preferredId: number;
  readonly preferredEncrypt?: boolean | undefined;
  readonly direction?: RtpHeaderExtensionDirection | undefined;
}

/** What an endpoint can send or receive. */
export interface RtpCapabilities {
  readonly codecs: readonly RtpCodecCapability[];
  readonly headerExtensions: readonly RtpHeaderExtension[];
}

/** A codec as it is used, with its payload type. */
export interface RtpCodecParameters {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels?: number | undefined;
  readonly parameters?: CodecParameters | undefined;
  readonly rtcpFeedback?: readonly RtcpFeedback[] | undefined;
}

/** A header extension as it is used, with its id (RFC 8285). */
export interface RtpHeaderExtensionParameters {
  readonly uri: string;
  readonly id: number;
  readonly encrypt?: boolean | undefined;
  readonly parameters?: CodecParameters | undefined;
}

/** One stream of a sender: with simulcast, one of several layers. */
export interface RtpEncodingParameters {
  readonly ssrc?: number | undefined;
  readonly rid?: string | undefined;
  readonly codecPayloadType?: number | undefined;
  readonly rtx?: { readonly ssrc: number } | undefined;
  readonly dtx?: boolean | undefined;
  readonly scalabilityMode?: string | undefined;
  /** In bits per second. */
  readonly maxBitrate?: number | undefined;
}

/** How RTCP goes along with a sender (RFC 3550, RFC 5506). */
export interface RtcpParameters {
  readonly cname?: string | undefined;
  readonly reducedSize?: boolean | undefined;
}

/** What one sender sends, or one receiver is to expect. */
export interface RtpParameters {
  readonly mid?: string | undefined;
  readonly codecs: readonly RtpCodecParameters[];
  readonly headerExtensions: readonly RtpHeaderExtensionParameters[];
  readonly encodings: readonly RtpEncodingParameters[];
  readonly rtcp: RtcpParameters;
  readonly msid?: string | undefined;
}

/** RFC 8445. */
export interface IceParameters {
  readonly usernameFragment: string;
  readonly password: string;
  readonly iceLite?: boolean | undefined;
}

/** RFC 8445; TCP candidates are RFC 6544. */
export interface IceCandidate {
  readonly foundation: string;
  readonly priority: number;
  readonly address: string;
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  readonly type: 'host';
  readonly tcpType?: 'passive' | undefined;
}

/** Who begins the DTLS handshake (RFC 5763). */
export type DtlsRole = 'auto' | 'client' | 'server';

/** Hash functions for certificates (RFC 8122). */
export type FingerprintAlgorithm = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

/** RFC 8122. */
export interface DtlsFingerprint {
  readonly algorithm: FingerprintAlgorithm;
  /** Upper-case hexadecimal bytes, separated by colons. */
  readonly value: string;
}

/** One side's part of the DTLS handshake. */
export interface DtlsParameters {
  readonly role?: DtlsRole | undefined;
  readonly fingerprints: readonly DtlsFingerprint[];
}

/** What a client needs to open SCTP (RFC 8831) on a transport. Sizes are in bytes. */
export interface SctpParameters {
  readonly port: number;
  readonly maxSendMessageSize: number;
  readonly maxReceiveMessageSize: number;
}

/** A data channel that both sides open by themselves (RFC 8832, "negotiated"). */
export interface SctpStreamParameters {
  readonly streamId: number;
  readonly ordered: boolean;
  /** In milliseconds. */
  readonly maxPacketLifeTime?: number | undefined;
}

/** As the browser's `RTCIceServer`. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}
