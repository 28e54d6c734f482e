import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DataKind } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../../kernel/app-error.ts';
import type { LinkEndpoint } from '../../node-media.ts';
import { mediaUnavailable, toAppError } from '../media-errors.ts';
import type { PortRange } from '../router-pipes.ts';

const CRYPTO_SUITE = 'AEAD_AES_256_GCM';
const KEY_BYTES = 32;
const NUMBER_BYTES = 8;
const TAG_BYTES = 16;
/** Payload protocol identifier of binary messages (RFC 8831, section 8). */
const BINARY = 53;
/** A frame of data with what it is for, and RTP parameters of a track, are well below this. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** Of a room's data that waits for the other node. Senders wait for their receivers long before. */
const SEND_BUFFER_BYTES = 32 * 1024 * 1024;
/** What is lossy is not sent any more when it is as old as this, in milliseconds. */
const LOSSY_LIFETIME_MS = 250;
const SOCKET_BUFFER_BYTES = 2_000_000;
/** The streams are made in this order, and each transport counts its own from 0. */
const STREAMS = { reliable: 0, lossy: 1 } as const;

/** Where ends of links listen. */
export interface LinkAddress {
  readonly listenIp: string;
  /** What other nodes are told instead. */
  readonly announcedAddress?: string | undefined;
  readonly ports: PortRange;
}

/** Hears a message of the other end. */
export type HearMessage = (kind: DataKind, message: Buffer) => void;

/**
 * Makes one end of a link: SRTP for tracks, and beside it messages over SCTP, which are
 * encrypted here. It ends with the router.
 *
 * @throws AppError `media_unavailable`.
 */
export async function openLinkPipe(
  router: types.Router,
  address: LinkAddress,
  hear: HearMessage,
): Promise<LinkPipe> {
  const { listenIp, announcedAddress, ports } = address;
  const transports: types.Transport[] = [];
  try {
    const transport = await router.createPipeTransport({
      listenInfo: {
        protocol: 'udp',
        ip: listenIp,
        ...(announcedAddress === undefined ? {} : { announcedAddress }),
        portRange: { ...ports },
        recvBufferSize: SOCKET_BUFFER_BYTES,
        sendBufferSize: SOCKET_BUFFER_BYTES,
      },
      enableRtx: true,
      enableSrtp: true,
      enableSctp: true,
      maxSendMessageSize: MAX_MESSAGE_BYTES,
      maxReceiveMessageSize: MAX_MESSAGE_BYTES,
      sctpSendBufferSize: SEND_BUFFER_BYTES,
      sctpPerStreamSendQueueLimit: SEND_BUFFER_BYTES,
    });
    transports.push(transport);
    const inside = await router.createDirectTransport({
      maxSendMessageSize: MAX_MESSAGE_BYTES,
      maxReceiveMessageSize: MAX_MESSAGE_BYTES,
    });
    transports.push(inside);
    const [reliable, lossy] = await Promise.all([inside.produceData(), inside.produceData()]);
    const out = await transport.consumeData({ dataProducerId: reliable.id, ordered: true });
    await transport.consumeData({
      dataProducerId: lossy.id,
      ordered: true,
      maxPacketLifeTime: LOSSY_LIFETIME_MS,
    });
    const arriving = await Promise.all(
      Object.values(STREAMS).map((streamId) =>
        transport.produceData({ sctpStreamParameters: { streamId, ordered: true } }),
      ),
    );
    const [first, second] = await Promise.all(
      arriving.map(({ id }) => inside.consumeData({ dataProducerId: id })),
    );
    if (first === undefined || second === undefined) throw mediaUnavailable();
    const pipe = new LinkPipe(transport, { reliable, lossy }, hear);
    first.on('message', (message) => pipe.take('reliable', message));
    second.on('message', (message) => pipe.take('lossy', message));
    // What is reliable and lost would be missed without a word.
    out.on('sctpsendbufferfull', () => pipe.close());
    transport.observer.once('close', () => inside.close());
    return pipe;
  } catch (error) {
    for (const one of transports) one.close();
    throw toAppError(error, 'media_unavailable');
  }
}

/** One end of a link between two nodes. */
export class LinkPipe {
  readonly transport: types.PipeTransport;
  readonly endpoint: LinkEndpoint;
  readonly #producers: { readonly [K in DataKind]: types.DataProducer };
  readonly #hear: HearMessage;
  readonly #key = randomBytes(KEY_BYTES);
  /** What is sent before the other end can receive it: the worker would drop that. */
  readonly #waiting: Buffer[] = [];
  readonly #lastTaken: { [K in DataKind]: bigint } = { reliable: 0n, lossy: 0n };
  #lastSent = 0n;
  #remote: LinkEndpoint | undefined;
  #remoteKey: Buffer | undefined;
  #connecting: Promise<void> | undefined;

  constructor(
    transport: types.PipeTransport,
    producers: { readonly [K in DataKind]: types.DataProducer },
    hear: HearMessage,
  ) {
    this.transport = transport;
    this.#producers = producers;
    this.#hear = hear;
    transport.on('sctpstatechange', (state) => {
      if (state === 'connected') this.#sendWaiting();
      else if (state === 'failed' || state === 'closed') this.close();
    });
    const { srtpParameters, tuple } = transport;
    if (srtpParameters === undefined) throw mediaUnavailable();
    this.endpoint = {
      address: tuple.localAddress,
      port: tuple.localPort,
      srtp: srtpParameters,
      messageKeyBase64: this.#key.toString('base64'),
    };
  }

  get #isOpen(): boolean {
    return this.transport.sctpState === 'connected';
  }

  get isClosed(): boolean {
    return this.transport.closed;
  }

  /** @throws AppError `conflict` where it is connected to another end; `media_unavailable`. */
  async connect(remote: LinkEndpoint): Promise<void> {
    if (this.#remote !== undefined && !isSame(this.#remote, remote)) {
      throw new AppError('conflict', 'This end of a link is connected to another one');
    }
    this.#remote = remote;
    this.#connecting ??= this.#connect(remote);
    await this.#connecting;
  }

  /**
   * Sends a message, or keeps it until the other end is there. Nothing where this one is
   * closed, and nothing lossy that would have to wait.
   */
  send(kind: DataKind, message: Buffer): void {
    if (this.#producers[kind].closed) return;
    if (this.#isOpen) this.#seal(kind, message);
    else if (kind === 'reliable') this.#waiting.push(message);
  }
  /** A message arrived. One that the other end did not send, or has sent before, is passed over. */
  take(kind: DataKind, sealed: Buffer): void {
    const message = this.#unseal(kind, sealed);
    if (message !== undefined) this.#hear(kind, message);
  }

  /** Idempotent. */
  close(): void {
    this.transport.close();
  }

  #sendWaiting(): void {
    for (const message of this.#waiting.splice(0)) this.send('reliable', message);
  }

  #seal(kind: DataKind, message: Buffer): void {
    this.#lastSent += 1n;
    const number = Buffer.alloc(NUMBER_BYTES);
    number.writeBigUInt64BE(this.#lastSent);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(number));
    cipher.setAAD(Buffer.from(kind));
    const sealed = Buffer.concat([number, cipher.update(message), cipher.final()]);
    this.#producers[kind].send(Buffer.concat([sealed, cipher.getAuthTag()]), BINARY);
  }

  async #connect(remote: LinkEndpoint): Promise<void> {
    const { address: ip, port, srtp } = remote;
    this.#remoteKey = Buffer.from(remote.messageKeyBase64, 'base64');
    try {
      await this.transport.connect({
        ip,
        port,
        srtpParameters: { cryptoSuite: CRYPTO_SUITE, keyBase64: srtp.keyBase64 },
      });
    } catch (error) {
      this.close();
      throw toAppError(error, 'media_unavailable');
    }
  }

  #unseal(kind: DataKind, sealed: Buffer): Buffer | undefined {
    const key = this.#remoteKey;
    if (key === undefined || sealed.length < NUMBER_BYTES + TAG_BYTES) return undefined;
    const number = sealed.subarray(0, NUMBER_BYTES);
    const count = number.readBigUInt64BE();
    if (count <= this.#lastTaken[kind]) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number));
    decipher.setAAD(Buffer.from(kind));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      const message = Buffer.concat([
        decipher.update(sealed.subarray(NUMBER_BYTES, sealed.length - TAG_BYTES)),
        decipher.final(),
      ]);
      this.#lastTaken[kind] = count;
      return message;
    } catch {
      // Node.js has no other way to say that somebody else wrote it.
      return undefined;
    }
  }
}

/** Each message has a number of its own under its key. */
function nonceOf(number: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(4), number]);
}

function isSame(one: LinkEndpoint, other: LinkEndpoint): boolean {
  return one.messageKeyBase64 === other.messageKeyBase64 && one.port === other.port;
}
