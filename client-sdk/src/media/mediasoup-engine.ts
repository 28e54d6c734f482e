import type {
  DataKind,
  DataReception,
  IceCandidate,
  IceParameters,
  RtpCapabilities,
  Subscription,
  TransportInfo,
} from '@balai/protocol';
import { Device, type types } from 'mediasoup-client';
import { BalaiError, ConnectionError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import { SerialQueue } from '../serial-queue.ts';
import { openDataChannel, receiveDataChannels } from './data-channels.ts';
import type {
  DataSending,
  MediaEngine,
  MediaReceiver,
  MediaSender,
  Receiving,
  Sending,
  TransportHooks,
  TransportOptions,
} from './media-engine.ts';
import {
  fromLibraryCapabilities,
  fromLibraryDtlsParameters,
  fromLibraryRtpParameters,
  toLibraryCapabilities,
  toLibraryRtpParameters,
  toLibraryTransport,
} from './rtp-cast.ts';
import { sendLayersUpTo } from './send-layers.ts';
import type { SendPlan } from './send-plan.ts';

/**
 * Loads mediasoup-client with the codecs of the server.
 *
 * @param makeDevice Tests give a device that needs no browser.
 * @throws BalaiError `unsupported_browser`
 */
export async function loadMediasoupEngine(
  routerCapabilities: RtpCapabilities,
  makeDevice: () => Promise<Device> = () => Device.factory(),
): Promise<MediaEngine> {
  try {
    const device = await makeDevice();
    await device.load({ routerRtpCapabilities: toLibraryCapabilities(routerCapabilities) });
    return new MediasoupEngine(device);
  } catch (cause) {
    throw new BalaiError('unsupported_browser', undefined, { cause });
  }
}

class MediasoupEngine implements MediaEngine {
  readonly receiveCapabilities: RtpCapabilities;
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
    this.receiveCapabilities = fromLibraryCapabilities(device.recvRtpCapabilities);
  }

  openSender(info: TransportInfo, options: TransportOptions, hooks: TransportHooks): MediaSender {
    const transport = this.#device.createSendTransport(transportOptions(info, options));
    connectHooks(transport, hooks);
    // The server names tracks, and is asked by the publisher: the library only needs something unique.
    let produced = 0;
    transport.on('produce', (_parameters, done) => {
      produced += 1;
      done({ id: String(produced) });
    });
    transport.on('producedata', (_parameters, done) => done({ id: '' }));
    return new MediasoupSender(transport, this.#device);
  }

  openReceiver(
    info: TransportInfo,
    options: TransportOptions,
    hooks: TransportHooks,
  ): MediaReceiver {
    const transport = this.#device.createRecvTransport(transportOptions(info, options));
    connectHooks(transport, hooks);
    return new MediasoupReceiver(transport);
  }
}

class MediasoupSender implements MediaSender {
  readonly #transport: types.Transport;
  readonly #device: Device;

  constructor(transport: types.Transport, device: Device) {
    this.#transport = transport;
    this.#device = device;
  }

  async send(track: MediaStreamTrack, plans: readonly SendPlan[]): Promise<Sending> {
    if (track.readyState === 'ended') throw new BalaiError('track_ended');
    const { plan, codec } = await choosePlan(this.#device, plans);
    const producer = await this.#transport
      .produce({
        track,
        encodings: plan.encodings.map(({ spatialLayers, ...encoding }) => encoding),
        ...(codec && { codec }),
        ...(plan.bandwidth && {
          codecOptions: {
            videoGoogleStartBitrate: plan.bandwidth.start / 1000,
            ...(plan.bandwidth.min && { videoGoogleMinBitrate: plan.bandwidth.min / 1000 }),
          },
        }),
        ...(plan.opus && {
          codecOptions: {
            opusStereo: plan.opus.stereo,
            opusDtx: plan.opus.dtx,
            opusFec: true,
            opusNack: true,
            opusMaxAverageBitrate: plan.opus.maxBitrate,
          },
        }),
        // Muting and stopping are the track's own business.
        stopTracks: false,
        disableTrackOnPause: false,
      })
      .catch((cause: unknown) => {
        throw this.#transport.closed
          ? new ConnectionError('cancelled', undefined, { cause })
          : new BalaiError('unsupported_browser', undefined, { cause });
      });
    const { rtpSender } = producer;
    await preferDegradation(rtpSender, plan.degradationPreference);
    const queue = new SerialQueue();
    const rtpParameters = fromLibraryRtpParameters(producer.rtpParameters);
    return {
      rtpParameters,
      mimeType: rtpParameters.codecs[0]?.mimeType ?? '',
      replaceTrack: (other) => producer.replaceTrack({ track: other }),
      sendLayersUpTo: (top) =>
        queue.run(async () => {
          if (!rtpSender || producer.closed) return;
          await sendLayersUpTo(rtpSender, plan, top).catch((error: unknown) =>
            reportFault('encodings were not changed', error),
          );
        }),
      getStats: () => producer.getStats(),
      close: () => producer.close(),
    };
  }

  openData(kind: DataKind, announce: (streamId: number) => Promise<unknown>): Promise<DataSending> {
    return openDataChannel(this.#transport, kind, announce);
  }

  restartIce(iceParameters: IceParameters): Promise<void> {
    return this.#transport.restartIce({
      iceParameters: { ...iceParameters } as types.IceParameters,
    });
  }

  countReceivedBytes(): Promise<number> {
    return countReceivedBytes(this.#transport);
  }

  close(): void {
    this.#transport.close();
  }
}

class MediasoupReceiver implements MediaReceiver {
  readonly #transport: types.Transport;

  constructor(transport: types.Transport) {
    this.#transport = transport;
  }

  async receive(subscription: Subscription, streamId: string): Promise<Receiving> {
    const consumer = await this.#transport
      .consume({
        id: subscription.subscriptionId,
        producerId: subscription.trackId,
        kind: subscription.kind,
        rtpParameters: toLibraryRtpParameters(subscription.rtpParameters),
        streamId,
      })
      .catch((cause: unknown) => {
        throw this.#transport.closed
          ? new ConnectionError('cancelled', undefined, { cause })
          : new BalaiError('unsupported_browser', undefined, { cause });
      });
    return {
      mediaStreamTrack: consumer.track,
      getStats: () => consumer.getStats(),
      close: () => consumer.close(),
    };
  }

  receiveData(
    reception: DataReception,
    onMessage: (kind: DataKind, message: Uint8Array<ArrayBuffer>) => void,
  ): Promise<void> {
    return receiveDataChannels(this.#transport, reception, onMessage);
  }

  restartIce(iceParameters: IceParameters): Promise<void> {
    return this.#transport.restartIce({
      iceParameters: { ...iceParameters } as types.IceParameters,
    });
  }

  countReceivedBytes(): Promise<number> {
    return countReceivedBytes(this.#transport);
  }

  close(): void {
    this.#transport.close();
  }
}

function transportOptions(info: TransportInfo, options: TransportOptions): types.TransportOptions {
  const { iceServers, iceTransportPolicy, ...additionalSettings } = options.rtcConfig;
  const servers = options.iceServers.map((server) => ({ ...server, urls: [...server.urls] }));
  return {
    ...toLibraryTransport(info, pickCandidates(info.iceCandidates, options.iceTransport)),
    iceServers: iceServers ?? servers,
    additionalSettings,
    ...(iceTransportPolicy && { iceTransportPolicy }),
  };
}

/** Over one protocol only, the server's addresses of the other are not tried at all. */
export function pickCandidates(
  candidates: readonly IceCandidate[],
  iceTransport: 'all' | 'udp' | 'tcp',
): readonly IceCandidate[] {
  if (iceTransport === 'all') return candidates;
  const picked = candidates.filter((candidate) => candidate.protocol === iceTransport);
  if (picked.length > 0) return picked;
  throw new ConnectionError(
    'media_connection_failed',
    `The server takes no media over ${iceTransport.toUpperCase()}.`,
  );
}

function connectHooks(transport: types.Transport, hooks: TransportHooks): void {
  transport.on('connect', ({ dtlsParameters }, done) => {
    hooks.onConnect(fromLibraryDtlsParameters(dtlsParameters));
    // ICE need not wait for the server's answer: a first DTLS packet that comes
    // too early is sent again, and that costs less than the round trip.
    done();
  });
  transport.on('connectionstatechange', (state) => hooks.onState(state));
}

interface Choice {
  readonly plan: SendPlan;
  readonly codec?: types.RtpCodecCapability | undefined;
}

/** The first plan whose codec, and layers in one stream, both sides have; else the last. */
async function choosePlan(device: Device, plans: readonly SendPlan[]): Promise<Choice> {
  const codecs = device.sendRtpCapabilities.codecs ?? [];
  const choices = plans.map((plan): Choice => {
    const name = `video/${plan.videoCodec}`;
    return { plan, codec: codecs.find(({ mimeType }) => mimeType.toLowerCase() === name) };
  });
  for (const choice of choices) {
    if (choice.codec && (await canLayer(choice.plan, choice.codec.mimeType))) return choice;
  }
  const last = choices.at(-1);
  if (!last) throw new TypeError('There is no plan.');
  return last;
}

/**
 * Whether the browser makes several sizes in one stream; those that cannot just
 * send one. In AV1 even one size passes the server only with the description that
 * comes with layers.
 */
async function canLayer(plan: SendPlan, contentType: string): Promise<boolean> {
  const [encoding] = plan.encodings;
  const needsLayers = plan.needsLayers || encoding?.spatialLayers || plan.videoCodec === 'av1';
  if (!needsLayers || !encoding?.scalabilityMode) return true;
  const { maxBitrate: bitrate, maxFramerate: framerate = 30, scalabilityMode } = encoding;
  const video = { contentType, width: 1280, height: 720, bitrate, framerate, scalabilityMode };
  try {
    return (await navigator.mediaCapabilities.encodingInfo({ type: 'webrtc', video })).supported;
  } catch {
    // A browser that does not know the question does not know layers either.
    return false;
  }
}

async function preferDegradation(
  sender: RTCRtpSender | undefined,
  degradationPreference: RTCDegradationPreference | undefined,
): Promise<void> {
  if (!sender || !degradationPreference) return;
  await sender.setParameters({ ...sender.getParameters(), degradationPreference });
}

async function countReceivedBytes(transport: types.Transport): Promise<number> {
  let bytes = 0;
  for (const { type, bytesReceived } of (await transport.getStats()).values()) {
    if (type === 'transport') bytes += bytesReceived ?? 0;
  }
  return bytes;
}
