import type { ChatMessage } from '@balai/protocol';
import { expect, test } from 'vitest';
import { ChatFeed, type ReadHistory } from './chat-feed.ts';
import { ConnectionError } from './errors.ts';

const START_MS = Date.parse('2030-01-01T10:00:00.000Z');

/** Of so many seconds after we came. */
function message(second: number, facts: Partial<ChatMessage> = {}): ChatMessage {
  return {
    messageId: `message-${second}`,
    kind: 'text',
    identity: 'ann',
    name: 'Ann',
    toIdentity: null,
    text: `at ${second}`,
    file: null,
    sentAt: new Date(START_MS + second * 1_000).toISOString(),
    editedAt: null,
    deletedAt: null,
    ...facts,
  };
}

const joinedAt = new Date(START_MS).toISOString();

function setUp() {
  const told: string[] = [];
  const feed = new ChatFeed(({ text }) => told.push(text));
  void feed.enter({ roomId: 'hall', joinedAt, isBack: false }, unread);
  return { feed, told };
}

const unread: ReadHistory = () => Promise.reject(new Error('nobody is to ask'));

/** A history in pages of two. */
function historyOf(...messages: ChatMessage[]) {
  const asked: (string | undefined)[] = [];
  const read: ReadHistory = async ({ before }) => {
    asked.push(before);
    const end = before === undefined ? messages.length : Number(before);
    const start = Math.max(0, end - 2);
    return { messages: messages.slice(start, end), before: start === 0 ? null : String(start) };
  };
  return { read, asked };
}

test('what was said while the room was lost is told in order, and nothing of it twice', async () => {
  const { feed, told } = setUp();
  feed.hear(message(10));
  const { read } = historyOf(message(9), message(10), message(11), message(12), message(13));
  await feed.catchUp(read);
  expect(told).toEqual(['at 10', 'at 9', 'at 11', 'at 12', 'at 13']);
  feed.hear(message(13));
  await feed.catchUp(read);
  expect(told).toHaveLength(5);
});

test('the history is read only as far back as something can be missing', async () => {
  const { feed, told } = setUp();
  for (const second of [100, 101]) feed.hear(message(second));
  const { read, asked } = historyOf(
    ...[1, 2, 3, 4, 90, 91, 100, 101, 102].map((second) => message(second)),
  );
  await feed.catchUp(read);
  expect(told).toEqual(['at 100', 'at 101', 'at 102']);
  expect(asked).toEqual([undefined, '7']);
});

test('what was said before we came, and what was deleted, is not told', async () => {
  const { feed, told } = setUp();
  const deleted = message(2, { text: '', deletedAt: new Date(START_MS + 3_000).toISOString() });
  const { read } = historyOf(message(-60), message(-1), message(1), deleted);
  await feed.catchUp(read);
  expect(told).toEqual(['at 1']);
});

test('what arrives while the history is read is told after what was missed', async () => {
  const { feed, told } = setUp();
  const page = Promise.withResolvers<Awaited<ReturnType<ReadHistory>>>();
  const done = feed.catchUp(() => page.promise);
  feed.hear(message(2));
  feed.hear(message(3));
  expect(told).toEqual([]);
  page.resolve({ messages: [message(1), message(2)], before: null });
  await done;
  expect(told).toEqual(['at 1', 'at 2', 'at 3']);
});

test('what could not be read because the room was lost again is told the next time', async () => {
  const { feed, told } = setUp();
  const failing = feed.catchUp(() => Promise.reject(new ConnectionError('cancelled')));
  const { read } = historyOf(message(1), message(2));
  feed.hear(message(3));
  await Promise.all([failing, feed.catchUp(read)]);
  expect(told).toEqual(['at 1', 'at 2', 'at 3']);
});

test('only who comes back to the same room hears what was said there', async () => {
  const { feed, told } = setUp();
  const { read } = historyOf(message(1));
  await feed.enter({ roomId: 'hall', joinedAt, isBack: false }, unread);
  await feed.enter({ roomId: 'lounge', joinedAt, isBack: true }, unread);
  expect(told).toEqual([]);
  await feed.enter({ roomId: 'lounge', joinedAt, isBack: true }, read);
  expect(told).toEqual(['at 1']);
});
