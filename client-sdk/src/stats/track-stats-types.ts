import type { MediaKind } from '@balai/protocol';

/** Of one stream on its way, either way. What the browser does not tell is undefined. */
export interface StreamStats {
  /** For example `video/VP8`. */
  readonly mimeType: string | undefined;
  /** Since the stream began. */
  readonly packets: number;
  /** Of media, without headers. */
  readonly bytes: number;
  /** In bits per second, since the statistics that were given for comparison. */
  readonly bitrateBps: number | undefined;
  /** As its receiver counts. */
  readonly packetsLost: number | undefined;
  /** From 0 to 1, since the statistics that were given for comparison. */
  readonly lossRatio: number | undefined;
  /** How unevenly packets arrive (RFC 3550). */
  readonly jitterMs: number | undefined;
  /** To the server and back, where the browser knows it. */
  readonly roundTripMs: number | undefined;
  /** In pixels. Video only. */
  readonly frameWidth: number | undefined;
  /** In pixels. Video only. */
  readonly frameHeight: number | undefined;
  /** As they are sent, or decoded, now. Video only. */
  readonly framesPerSecond: number | undefined;
  /** Key frames that were sent, or decoded. */
  readonly keyFrames: number | undefined;
  /** How often its receiver asked for packets again (NACK). */
  readonly nackCount: number | undefined;
  /** How often its receiver asked for a key frame (PLI and FIR). */
  readonly keyFrameRequests: number | undefined;
}

/** One stream that is sent: a whole track, or one of its sizes. */
export interface SentStreamStats extends StreamStats {
  /** Tells the sizes of a camera in several streams apart (RID); undefined where there is one stream. */
  readonly rid: string | undefined;
  /** Whether it is sent now: sizes that nobody receives are not. */
  readonly isActive: boolean;
  /** For example `L3T3_KEY`, where the browser tells. */
  readonly scalabilityMode: string | undefined;
  /** Since the stream began. Video only. */
  readonly framesEncoded: number | undefined;
  /** That were asked for again. */
  readonly retransmittedPackets: number | undefined;
  /** In bits per second: what the encoder aims at. */
  readonly targetBitrateBps: number | undefined;
  /** What keeps the picture from being better. */
  readonly qualityLimitation: 'none' | 'cpu' | 'bandwidth' | 'other' | undefined;
}

/** The one stream that a received track is. */
export interface ReceivedStreamStats extends StreamStats {
  /** Since the stream began. Video only. */
  readonly framesDecoded: number | undefined;
  /** That came too late to be shown, or that nobody could see. Video only. */
  readonly framesDropped: number | undefined;
  /** How often the picture stood still. Video only. */
  readonly freezeCount: number | undefined;
  /** For how long the picture stood still in all. */
  readonly freezeMs: number | undefined;
  /** For how long media waits on average for what is late. */
  readonly jitterBufferMs: number | undefined;
  /** From 0 to 1: sound that was made up for what did not come. */
  readonly concealedRatio: number | undefined;
  /** From 0 to 1. */
  readonly audioLevel: number | undefined;
}

/** What the statistics of every track have. */
export interface TrackStatsBase {
  /** Sound or picture. */
  readonly kind: MediaKind;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
}

/** Of a track of our own. */
export interface SentTrackStats extends TrackStatsBase {
  /** Tells it from what is received. */
  readonly direction: 'send';
  /** From the smallest picture to the largest. */
  readonly streams: readonly SentStreamStats[];
}

/** Of somebody else's track. */
export interface ReceivedTrackStats extends TrackStatsBase {
  /** Tells it from what is sent. */
  readonly direction: 'receive';
  /** One, or none before anything came. */
  readonly streams: readonly ReceivedStreamStats[];
}

/** What the browser measured of a track at one moment. `direction` tells which one it is. */
export type TrackStats = SentTrackStats | ReceivedTrackStats;
