import type { DtlsParameters, TransportInfo } from '@balai/protocol';
import { type DataChannel, PeerConnection } from 'node-datachannel';
import { dataAnswerOf, fingerprintOf } from './sdp.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface DataPipeOptions {
  readonly transport: TransportInfo;
  /** Tells the server which certificate is to come. */
  readonly connectTransport: (dtlsParameters: DtlsParameters) => Promise<void>;
  /** Streams to open, each with what is done with what arrives on it. */
  readonly channels: readonly {
    readonly streamId: number;
    readonly isLossy: boolean;
    readonly onMessage: (message: Buffer) => void;
  }[];
}

/** Real data channels over ICE, DTLS and SCTP to one transport of a server. */
export interface DataPipe {
  /** By stream id. */
  readonly channels: ReadonlyMap<number, DataChannel>;
  /** Idempotent. */
  readonly close: () => void;
}

/** Opens the channels; settles when data can flow. The caller closes the pipe. */
export async function connectDataPipe(options: DataPipeOptions): Promise<DataPipe> {
  const connection = new PeerConnection('', { iceServers: [], disableAutoNegotiation: true });
  const channels = new Map<number, DataChannel>();
  const opened = options.channels.map(({ streamId, isLossy, onMessage }) => {
    const channel = connection.createDataChannel(isLossy ? 'lossy' : 'reliable', {
      negotiated: true,
      id: streamId,
      ...(isLossy ? { unordered: true, maxRetransmits: 0 } : {}),
    });
    channels.set(streamId, channel);
    channel.onMessage((message) => onMessage(Buffer.from(message as Buffer)));
    return new Promise<void>((resolve) => channel.onOpen(resolve));
  });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error('no data channel to the media server')),
    CONNECT_TIMEOUT_MS,
  );
  const close = () => connection.close();
  try {
    connection.setLocalDescription('offer');
    const sdp = connection.localDescription()?.sdp ?? '';
    await options.connectTransport({ role: 'client', fingerprints: [fingerprintOf(sdp)] });
    connection.setRemoteDescription(dataAnswerOf(options.transport), 'answer');
    await Promise.race([Promise.all(opened), late.promise]);
    return { channels, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
