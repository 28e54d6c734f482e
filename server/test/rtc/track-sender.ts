import { randomInt } from 'node:crypto';
import type { MediaKind, RtpCapabilities, RtpParameters } from '@balai/protocol';
import { H264Frames } from './h264.ts';
import type { HeaderExtension, ReceivedRtp } from './rtp-packet.ts';
import type { RtpPipe } from './rtp-pipe.ts';
import { RtpStream } from './rtp-stream.ts';
import { Vp8Frames } from './vp8.ts';

const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id';

const LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

const AUDIO_INTERVAL_MS = 20;
const VIDEO_INTERVAL_MS = 33;
const REPORT_INTERVAL_MS = 500;
/** A track that comes late with this many frames lets them go. */
const MAX_LATE_FRAMES = 10;
const SILENCE_DB = -127;

/** Bytes of the frames of each simulcast layer, lowest first: the size tells them apart. */
export const SIMULCAST_FRAME_BYTES = [150, 300, 600] as const;
const SINGLE_FRAME_BYTES = 300;
const OPUS_FRAME_BYTES = 60;
const FRAME_NUMBER_BYTES = 4;

/** How much made-up video is sent. */
export interface VideoOptions {
  /** Of each layer, lowest first; one packet each. Default {@link SIMULCAST_FRAME_BYTES}. */
  readonly frameBytes?: readonly number[];
  /** Default 33. */
  readonly intervalMs?: number;
  /** Of video in layers. Default VP8. */
  readonly codec?: 'VP8' | 'H264';
}

interface Layer {
  readonly stream: RtpStream;
  readonly nextFrame: () => Buffer;
  readonly requestKeyFrame: () => void;
}

/** Sends one made-up track over a pipe: Opus, or VP8 in one layer, or VP8 or H264 in three. */
export class TrackSender {
  readonly kind: MediaKind;
  /** For publishing the track. Streams of simulcast have RIDs and no SSRCs. */
  readonly rtpParameters: RtpParameters;
  readonly #layers: readonly Layer[];
  readonly #intervalMs: number;
  #timers: readonly NodeJS.Timeout[] = [];
  #keyFrameRequests = 0;
  #top = Number.MAX_SAFE_INTEGER;
  /** As in the packets: it is changed in place. */
  readonly #level: Buffer | undefined;
  #framesSent = 0;
  #framesLate = 0;
  #lostOf = 0;

  private constructor(
    kind: MediaKind,
    rtpParameters: RtpParameters,
    layers: readonly Layer[],
    intervalMs: number,
    level?: Buffer,
  ) {
    this.kind = kind;
    this.rtpParameters = rtpParameters;
    this.#layers = layers;
    this.#intervalMs = intervalMs;
    this.#level = level;
  }

  /**
   * Silent until `setVolume`.
   *
   * @param mid Not used by another track of the same transport.
   */
  static audio(capabilities: RtpCapabilities, mid: string): TrackSender {
    const ssrc = randomSsrc();
    const rtpParameters = parametersOf(capabilities, 'audio/opus', mid, [{ ssrc }]);
    const frame = Buffer.alloc(OPUS_FRAME_BYTES, 0xfc);
    let frames = 0;
    const level = Buffer.from([-SILENCE_DB]);
    const layer = {
      stream: streamOf(rtpParameters, ssrc, undefined, level),
      nextFrame: () => {
        frames += 1;
        frame.writeUInt32BE(frames, frame.length - FRAME_NUMBER_BYTES);
        return frame;
      },
      requestKeyFrame: () => undefined,
    };
    return new TrackSender('audio', rtpParameters, [layer], AUDIO_INTERVAL_MS, level);
  }

  /** @param mid Not used by another track of the same transport. */
  static video(capabilities: RtpCapabilities, mid: string): TrackSender {
    const ssrc = randomSsrc();
    const rtpParameters = parametersOf(capabilities, 'video/VP8', mid, [{ ssrc }]);
    const layer = videoLayer(
      streamOf(rtpParameters, ssrc, undefined),
      new Vp8Frames(SINGLE_FRAME_BYTES),
    );
    return new TrackSender('video', rtpParameters, [layer], VIDEO_INTERVAL_MS);
  }

  /**
   * Three layers, told apart by RID as browsers do (RFC 8853).
   *
   * @param mid Not used by another track of the same transport.
   */
  static simulcast(
    capabilities: RtpCapabilities,
    mid: string,
    options: VideoOptions = {},
  ): TrackSender {
    const {
      frameBytes = SIMULCAST_FRAME_BYTES,
      intervalMs = VIDEO_INTERVAL_MS,
      codec = 'VP8',
    } = options;
    const Frames = codec === 'VP8' ? Vp8Frames : H264Frames;
    const encodings = frameBytes.map((_, index) => ({ rid: `r${index}` }));
    const rtpParameters = parametersOf(capabilities, `video/${codec}`, mid, encodings);
    const layers = frameBytes.map((bytes, index) =>
      videoLayer(streamOf(rtpParameters, randomSsrc(), `r${index}`), new Frames(bytes)),
    );
    return new TrackSender('video', rtpParameters, layers, intervalMs);
  }

  /** Sends the layers up to this one from now on, and no others; null for none. */
  sendUpTo(top: number | null): void {
    const before = this.#top;
    this.#top = top ?? -1;
    // As an encoder that begins anew.
    for (const layer of this.#layers.slice(before + 1)) layer.requestKeyFrame();
  }

  /** From now on the packets say that they are so loud, in dBov from -127 to 0. Audio only. */
  setVolume(volumeDb: number): void {
    this.#level?.writeUInt8(-volumeDb | (volumeDb > SILENCE_DB ? 0x80 : 0));
  }

  /** From now on one packet of so many is lost on its way; 0 for none. */
  loseOneOf(packets: number): void {
    this.#lostOf = packets;
  }

  /** How many frames of each layer were sent. */
  get framesSent(): number {
    return this.#framesSent;
  }

  /**
   * How many frames were sent an interval late or more, because this process had to wait for the
   * machine: whatever counts frames cannot tell time by those.
   */
  get framesLate(): number {
    return this.#framesLate;
  }

  /** How many times the server asked for a key frame, of any layer. */
  get keyFrameRequests(): number {
    return this.#keyFrameRequests;
  }

  /** Sends until it is stopped. */
  start(pipe: RtpPipe): void {
    this.stop();
    const sendFrames = () => {
      this.#framesSent += 1;
      for (const { stream, nextFrame } of this.#layers.slice(0, this.#top + 1)) {
        const packet = stream.writePacket(nextFrame());
        if (this.#lostOf === 0 || this.#framesSent % this.#lostOf > 0) pipe.send(packet);
      }
    };
    const sendReports = () => {
      for (const { stream } of this.#layers.slice(0, this.#top + 1))
        pipe.send(stream.writeReport());
    };
    sendFrames();
    sendReports();
    let dueAt = performance.now() + this.#intervalMs;
    const sendDueFrames = () => {
      // Tracks keep their bit rate, whatever else there is to do.
      dueAt = Math.max(dueAt, performance.now() - MAX_LATE_FRAMES * this.#intervalMs);
      for (; dueAt <= performance.now(); dueAt += this.#intervalMs) {
        if (performance.now() - dueAt >= this.#intervalMs) this.#framesLate += 1;
        sendFrames();
      }
    };
    this.#timers = [
      setInterval(sendDueFrames, this.#intervalMs),
      setInterval(sendReports, REPORT_INTERVAL_MS),
    ];
  }

  /** Idempotent. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  /** Answers a server's request for a key frame with one, if the SSRC is of this track. */
  handleKeyFrameRequest(ssrc: number): void {
    const layer = this.#layers.find(({ stream }) => stream.ssrc === ssrc);
    if (layer === undefined) return;
    this.#keyFrameRequests += 1;
    layer.requestKeyFrame();
  }
}

/** Which frame of its microphone a packet carries, from 1 on: what `framesSent` was with it. */
export function frameNumberOf({ payload }: ReceivedRtp): number {
  return payload.readUInt32BE(payload.length - FRAME_NUMBER_BYTES);
}

function videoLayer(stream: RtpStream, frames: Vp8Frames | H264Frames): Layer {
  return {
    stream,
    nextFrame: () => frames.writeFrame(),
    requestKeyFrame: () => frames.requestKeyFrame(),
  };
}

function randomSsrc(): number {
  return randomInt(1, 0xffff_ffff);
}

function parametersOf(
  capabilities: RtpCapabilities,
  mimeType: string,
  mid: string,
  encodings: RtpParameters['encodings'],
): RtpParameters {
  const codec = capabilities.codecs.find((known) => known.mimeType === mimeType);
  if (codec === undefined) throw new Error(`the server does not take ${mimeType}`);
  const { kind, clockRate, channels, parameters, preferredPayloadType } = codec;
  return {
    mid,
    codecs: [
      {
        mimeType,
        payloadType: preferredPayloadType,
        clockRate,
        ...(channels === undefined ? {} : { channels }),
        ...(parameters === undefined ? {} : { parameters }),
        rtcpFeedback: kind === 'video' ? [{ type: 'nack', parameter: 'pli' }] : [],
      },
    ],
    headerExtensions: capabilities.headerExtensions
      .filter(
        (extension) =>
          extension.kind === kind && [MID_URI, RID_URI, LEVEL_URI].includes(extension.uri),
      )
      .map(({ uri, preferredId }) => ({ uri, id: preferredId })),
    encodings,
    rtcp: { cname: `test-${mid}`, reducedSize: true },
  };
}

function streamOf(
  parameters: RtpParameters,
  ssrc: number,
  rid: string | undefined,
  level?: Buffer,
): RtpStream {
  const codec = parameters.codecs[0];
  if (codec === undefined) throw new Error('a track has a codec');
  const toBuffer = (text: string | undefined) =>
    text === undefined ? undefined : Buffer.from(text);
  const values = new Map([
    [MID_URI, toBuffer(parameters.mid)],
    [RID_URI, toBuffer(rid)],
    [LEVEL_URI, level],
  ]);
  const extensions = parameters.headerExtensions.flatMap(({ uri, id }): HeaderExtension[] => {
    const value = values.get(uri);
    return value === undefined ? [] : [{ id, value }];
  });
  return new RtpStream({
    ssrc,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    extensions,
  });
}
