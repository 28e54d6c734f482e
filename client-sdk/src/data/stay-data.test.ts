import type { DataKind, DataReception, Method } from '@balai/protocol';
import { LIMITS } from '@balai/protocol';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { turnsUntil } from '../../test/turns-until.ts';
import { BalaiError, ServerError } from '../errors.ts';
import { Late } from '../media/late.ts';
import type { DataSending, MediaReceiver, MediaSender } from '../media/media-engine.ts';
import { concat, encode, FRAME, readFrame } from './data-frames.ts';
import type { DataLink, DataSurroundings } from './data-link.ts';
import type { ByteStreamHandler, RpcHandler, TextStreamHandler } from './data-types.ts';
import { StayData } from './stay-data.ts';

const RECEPTION: DataReception = {
  reliable: { streamId: 0, ordered: true },
  lossy: { streamId: 1, ordered: false },
};

function thereAlready<T>(one: T): Late<T> {
  return new Late<T>(one, () => Promise.reject(new Error('it is there')));
}

/** The way to a server that a test plays. */
class FakeLink implements DataLink {
  readonly requests: { readonly method: Method; readonly params: unknown }[] = [];
  readonly sent: { readonly kind: DataKind; readonly frame: Uint8Array<ArrayBuffer> }[] = [];
  readonly answers: { [M in Method]?: () => unknown } = {};
  closed = 0;
  reception: DataReception | null = null;
  receptions: DataReception[] = [];
  arrive: (kind: DataKind, message: Uint8Array<ArrayBuffer>) => void = () => undefined;
  readonly request = (async (method: Method, params: unknown) => {
    this.requests.push({ method, params });
    return (await this.answers[method]?.()) ?? null;
  }) as DataLink['request'];
  readonly sender = thereAlready({
    openData: async (kind: DataKind, announce: (streamId: number) => Promise<unknown>) => {
      await announce(kind === 'reliable' ? 0 : 1);
      const sending: DataSending = {
        bufferedAmount: 0,
        send: (frame) => this.sent.push({ kind, frame }),
        close: () => {
          this.closed += 1;
        },
      };
      return sending;
    },
  } as unknown as MediaSender);
  readonly receiver = thereAlready({
    receiveData: async (reception: DataReception, onMessage: FakeLink['arrive']) => {
      this.receptions.push(reception);
      this.arrive = onMessage;
    },
  } as unknown as MediaReceiver);

  methods(): Method[] {
    return this.requests.map(({ method }) => method);
  }
}

let link: FakeLink;
let session: StayData;
let present: Map<string, string>;
let messages: string[];
let interruptions: number;
const textHandlers = new Map<string, TextStreamHandler>();
const byteHandlers = new Map<string, ByteStreamHandler>();
const rpcMethods = new Map<string, RpcHandler>();

beforeEach(() => {
  link = new FakeLink();
  present = new Map([['stay-of-ann', 'ann']]);
  messages = [];
  interruptions = 0;
  for (const handlers of [textHandlers, byteHandlers, rpcMethods]) handlers.clear();
  const surroundings: DataSurroundings = {
    textHandlers,
    byteHandlers,
    rpcMethods,
    findSid: (identity) => [...present].find(([, one]) => one === identity)?.[0],
    findIdentity: (sid) => present.get(sid),
    onData: (payload, identity, isReliable, topic) =>
      messages.push(`${identity} ${isReliable} ${topic}: ${new TextDecoder().decode(payload)}`),
    onInterrupted: () => {
      interruptions += 1;
    },
  };
  session = new StayData(link, surroundings);
});

function received(type: number, sender: string, topic: string, payload: Uint8Array) {
  const texts = [sender, topic].map(encode);
  return concat([[type], ...texts.flatMap((text) => [[text.length], text]), payload]);
}

describe('sending', () => {
  test('opens a channel once, and says whom it is for (SPEC 10.1, 10.4)', async () => {
    const options = { reliable: true, topic: 'greeting', destinationIdentities: ['ann', 'gone'] };
    await Promise.all([
      session.publish(encode('one'), options),
      session.publish(encode('two'), { reliable: true }),
      session.publish(encode('three'), {}),
    ]);
    expect(link.methods().toSorted()).toEqual(['data.open', 'data.open']);
    const frames = link.sent.map(({ kind, frame }) => `${kind} ${new TextDecoder().decode(frame)}`);
    expect(frames.toSorted()).toEqual([
      'lossy \0\0\0three',
      'reliable \0\0\0two',
      'reliable \0\u0001\u000bstay-of-ann\u0008greetingone',
    ]);
  });

  test('is for nobody where none of those is there whom it is for', async () => {
    await session.publish(encode('one'), { reliable: true, destinationIdentities: ['gone'] });
    expect(link.sent).toEqual([]);
  });

  test('waits for the server before it is over the window (SPEC 10.7)', async () => {
    const { promise: flushed, resolve: flush } = Promise.withResolvers<void>();
    link.answers['data.flush'] = () => flushed;
    const payload = new Uint8Array(20_000);
    const sending = Array.from({ length: 30 }, () => session.publish(payload, { reliable: true }));
    await turnsUntil(() => link.methods().includes('data.flush') && link.sent.length >= 12);
    const costOf = (frame: Uint8Array) => frame.length + LIMITS.dataMessageCost;
    const unflushed = link.sent.reduce((sum, { frame }) => sum + costOf(frame), 0);
    expect(unflushed).toBeLessThanOrEqual(LIMITS.dataWindowBytes);
    expect(unflushed).toBeGreaterThan(LIMITS.dataWindowBytes * 0.9);
    flush();
    await Promise.all(sending);
    expect(link.sent).toHaveLength(30);
    const flushes = link.requests.filter(({ method }) => method === 'data.flush');
    expect(flushes.length).toBeLessThan(8);
  });

  test('of too much is refused here', async () => {
    const tooLarge = new Uint8Array(LIMITS.dataPayloadBytes + 1);
    const refused = expect.objectContaining({ code: 'payload_too_large' });
    await expect(session.publish(tooLarge, {})).rejects.toEqual(refused);
    await expect(session.publish(encode(''), { topic: 'x'.repeat(256) })).rejects.toEqual(refused);
    expect(link.requests).toEqual([]);
  });

  test('opens anew after the server closed it, and says what the server says then', async () => {
    await session.publish(encode('one'), { reliable: true });
    session.take({ event: 'dataClosed', message: { direction: 'send', reason: 'forbidden' } });
    link.answers['data.open'] = () => {
      throw new ServerError({ code: 'forbidden', message: '', retryable: false });
    };
    await expect(session.publish(encode('two'), { reliable: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    delete link.answers['data.open'];
    await session.publish(encode('three'), { reliable: true });
    expect(link.sent).toHaveLength(2);
    expect(link.closed).toBe(1);
  });
});

describe('receiving', () => {
  test('uses what joined brought, or asks (SPEC 10.3)', async () => {
    link.answers['data.subscribe'] = () => RECEPTION;
    await session.receive();
    await session.receive();
    expect(link.methods()).toEqual(['data.subscribe']);
    expect(link.receptions).toEqual([RECEPTION]);
  });

  test('holds back what comes of people whom word comes of later', async () => {
    link.reception = RECEPTION;
    await session.receive();
    link.arrive('reliable', received(0, 'stay-of-ben', 'x', encode('early')));
    link.arrive('lossy', received(0, 'stay-of-ann', '', encode('known')));
    expect(messages).toEqual(['ann false : known']);
    present.set('stay-of-ben', 'ben');
    session.meet();
    expect(messages).toEqual(['ann false : known', 'ben true x: early']);
    expect(link.methods()).toEqual([]);
  });

  test('holds back a bounded part of it, and not for long', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    link.reception = RECEPTION;
    await session.receive();
    const arrive = (sender: string, times: number) => {
      for (let index = 0; index < times; index += 1) {
        link.arrive('reliable', received(0, sender, 'x', encode(`${index}`)));
      }
    };
    arrive('stay-of-eve', 500);
    arrive('stay-of-ben', 2);
    present.set('stay-of-ben', 'ben');
    session.meet();
    // That one sends much takes no place from others.
    expect(messages).toEqual(['ben true x: 0', 'ben true x: 1']);
    vi.advanceTimersByTime(20_000);
    session.meet();
    vi.advanceTimersByTime(10_000);
    session.meet();
    arrive('stay-of-eve', 1);
    present.set('stay-of-eve', 'eve');
    session.meet();
    expect(messages).toEqual(['ben true x: 0', 'ben true x: 1', 'eve true x: 0']);
    vi.useRealTimers();
  });

  test('is tried again when the server says so, and tells that more was lost (SPEC 10.9)', async () => {
    link.reception = RECEPTION;
    await session.receive();
    const refusals = [1, 2];
    link.answers['data.subscribe'] = () => {
      if (refusals.pop() === undefined) return RECEPTION;
      const error = {
        code: 'rate_limited',
        message: '',
        retryable: true,
        retryAfterMs: 5,
      } as const;
      throw new ServerError(error);
    };
    session.take({ event: 'dataClosed', message: { direction: 'receive', reason: 'too_slow' } });
    expect(interruptions).toBe(1);
    await expect.poll(() => interruptions).toBe(2);
    expect(link.receptions).toHaveLength(2);
    expect(link.methods()).toEqual(['data.subscribe', 'data.subscribe', 'data.subscribe']);
  });

  test('begins again where some was lost, and says so (SPEC 10.9)', async () => {
    link.answers['data.subscribe'] = () => RECEPTION;
    link.reception = RECEPTION;
    await session.receive();
    session.take({ event: 'dataClosed', message: { direction: 'receive', reason: 'too_slow' } });
    await turnsUntil(() => link.receptions.length === 2);
    expect(interruptions).toBe(1);
    expect(link.methods()).toEqual(['data.subscribe']);
  });
});

describe('streams', () => {
  let outcome: Promise<string | Uint8Array[]>;

  beforeEach(async () => {
    link.reception = RECEPTION;
    await session.receive();
    byteHandlers.set('files', (reader) => {
      outcome = reader.readAll().catch((error: BalaiError) => error.code);
    });
  });

  /** Passes on what was sent, as the server does. */
  async function passOn(frames: readonly (typeof link.sent)[number][]): Promise<void> {
    for (const { frame } of frames) {
      const { type, topic, payload } = readFrame(concat([[frame[0] ?? 0], [0], frame.subarray(2)]));
      link.arrive('reliable', received(type, 'stay-of-ann', topic, payload));
    }
  }

  async function send(): Promise<void> {
    const writer = await session.streamBytes({
      topic: 'files',
      name: 'letters',
      totalSize: 40_000,
    });
    await writer.write(new Uint8Array(40_000).fill(7));
    await writer.close();
  }

  test('arrive as they were sent (SPEC 10.10)', async () => {
    await send();
    await passOn(link.sent);
    const chunks = (await outcome) as Uint8Array[];
    expect(Buffer.concat(chunks)).toEqual(Buffer.alloc(40_000, 7));
    expect(link.methods()).toContain('data.flush');
  });

  test.each([
    ['a chunk is missing', (all: typeof link.sent) => all.toSpliced(2, 1)],
    ['the end is missing, and the sender leaves', (all: typeof link.sent) => all.toSpliced(-1)],
  ])('are interrupted where %s (SPEC 10.10)', async (_name, lose) => {
    await send();
    await passOn(lose(link.sent));
    present.clear();
    session.meet();
    expect(await outcome).toBe('stream_interrupted');
  });

  test('end with the stay', async () => {
    await send();
    await passOn(link.sent.slice(0, 2));
    session.close();
    expect(await outcome).toBe('stream_interrupted');
    await expect(session.publish(encode('x'), {})).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('calls', () => {
  const params = { destinationIdentity: 'ann', method: 'greet', payload: 'hello' };

  test('fail with the stay, and where the server does not answer', async () => {
    const calling = session.performRpc(params);
    await turnsUntil(() => link.methods().includes('rpc.call'));
    session.close();
    await expect(calling).rejects.toMatchObject({ name: 'RpcError', code: 1505 });
    link.answers['rpc.call'] = () => {
      throw new BalaiError('request_timeout');
    };
    await expect(session.performRpc(params)).rejects.toMatchObject({ code: 1501 });
    link.answers['rpc.call'] = () => {
      throw new ServerError({ code: 'forbidden', message: 'no', retryable: false });
    };
    await expect(session.performRpc(params)).rejects.toMatchObject({
      code: 1505,
      cause: { code: 'forbidden' },
    });
  });

  test('that nobody here answers are answered at once (SPEC 10.13)', async () => {
    const call = { callId: 'one', callerIdentity: 'ann', payload: '', responseTimeoutMs: 5 };
    session.take({ event: 'rpcCalled', message: { ...call, method: 'unknown' } });
    await turnsUntil(() => link.requests.length === 1);
    expect(link.requests[0]).toMatchObject({
      method: 'rpc.answer',
      params: { callId: 'one', outcome: { error: { code: 1400 } } },
    });
  });

  test('are confirmed before they are answered, and what is thrown fits (SPEC 10.13)', async () => {
    const { RpcError } = await import('./rpc-error.ts');
    rpcMethods.set('greet', async ({ callerIdentity, payload }) => {
      if (payload === 'bad') throw new RpcError(7, 'é'.repeat(200), 'x'.repeat(20_000));
      return `${callerIdentity} says ${payload}`;
    });
    const call = { callerIdentity: 'ann', method: 'greet', responseTimeoutMs: 5 };
    session.take({ event: 'rpcCalled', message: { ...call, callId: 'one', payload: 'hello' } });
    await turnsUntil(() => link.requests.length === 2);
    session.take({ event: 'rpcCalled', message: { ...call, callId: 'two', payload: 'bad' } });
    await turnsUntil(() => link.requests.length === 4);
    expect(link.requests.map(({ method, params }) => [method, params])).toEqual([
      ['rpc.accept', { callId: 'one' }],
      ['rpc.answer', { callId: 'one', outcome: { payload: 'ann says hello' } }],
      ['rpc.accept', { callId: 'two' }],
      ['rpc.answer', { callId: 'two', outcome: { error: { code: 7, message: 'é'.repeat(128) } } }],
    ]);
  });
});

test("what an application's backend sends is from nobody who is there (SPEC 10.18)", async () => {
  await session.receive();
  link.arrive('reliable', received(FRAME.message, '', 'news', encode('hello')));
  expect(messages).toEqual(['undefined true news: hello']);
});
