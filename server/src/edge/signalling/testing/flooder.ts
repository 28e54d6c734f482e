/**
 * Floods a server from a thread of its own, so that what is measured elsewhere
 * is the server's work and not the making of the flood.
 */
import { randomUUID } from 'node:crypto';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Handshake, Method, Reply } from '@balai/protocol';
import { TestClient } from './test-client.ts';

/** `rubbish`: nothing in it is a message. `hasty`: well-formed requests that never slow down. */
export type FloodKind = 'rubbish' | 'hasty';

export interface FloodOrder {
  readonly url: string;
  readonly handshake: Handshake;
  readonly kind: FloodKind;
  readonly messages: number;
  /** Of somebody else. */
  readonly foreignTransportId: string;
}

export interface FloodReport {
  readonly replies: readonly Reply<Method>[];
  /** Events that the server sent, with their messages. */
  readonly received: readonly { readonly event: string; readonly message: unknown }[];
}

/** Runs a flood to its end, which is that the server closes the socket. */
export function flood(order: FloodOrder): Promise<FloodReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

type Message = readonly [event: string, ...args: unknown[]];

const MESSAGES_AT_ONCE = 20;
const HUGE = 'x'.repeat(200_000);
const NUMBERS = Array.from({ length: 20_000 }, () => 1);
const OBJECTS = Array.from({ length: 5_000 }, () => ({}));
const KEYS = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, index]));

function rubbish(index: number, foreignTransportId: string): Message {
  const kinds: readonly Message[] = [
    ['track.unpublish', { trackId: 42 }],
    ['chat.send', { messageId: HUGE, text: [] }],
    [`no.such.method.${index}`, {}],
    ['transport.connect', { transportId: foreignTransportId, dtlsParameters: 'none' }],
    ['subscriptions.start', { subscriptionIds: NUMBERS }],
    ['track.publish', { rtpParameters: { codecs: OBJECTS } }],
    ['chat.history', KEYS],
    ['room.leave', Buffer.alloc(1_000)],
    [HUGE],
    ['transport.restartIce', 'not', 'one', 'argument'],
  ];
  return kinds[index % kinds.length] ?? ['nothing'];
}

async function run(order: FloodOrder): Promise<FloodReport> {
  const client = new TestClient(order.url, order.handshake);
  await client.next('joined');
  const replies: Reply<Method>[] = [];
  for (let index = 0; index < order.messages; index += 1) {
    const [event, ...args] =
      order.kind === 'rubbish'
        ? rubbish(index, order.foreignTransportId)
        : ['transport.restartIce', { transportId: randomUUID() }];
    client.socket.emit(event, ...args, (reply: Reply<Method>) => replies.push(reply));
    if (index % MESSAGES_AT_ONCE === 0) {
      // On a slow machine it would else miss the pings, and be taken for gone.
      await new Promise(setImmediate);
    }
  }
  await client.until(({ socket }) => !socket.connected);
  return { replies, received: client.received };
}

const order: unknown = workerData;
if (
  parentPort !== null &&
  typeof order === 'object' &&
  order !== null &&
  'foreignTransportId' in order
) {
  parentPort.postMessage(await run(order as FloodOrder));
}
