import { beforeEach, describe, expect, test } from 'vitest';
import { concat, encode, FRAME, type FrameType } from './data-frames.ts';
import type { ByteStreamHandler, ByteStreamReader } from './data-types.ts';
import { IncomingStreams } from './incoming-streams.ts';

const INFO = { id: 'one', name: '', mimeType: 'text/plain', timestamp: 1, attributes: {} };

let streams: IncomingStreams;
let readers: ByteStreamReader[];

beforeEach(() => {
  readers = [];
  const handler: ByteStreamHandler = (reader) => {
    readers.push(reader);
  };
  streams = new IncomingStreams(new Map([['files', handler]]));
});

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >> shift) & 255);
}

function take(type: FrameType, payload: Uint8Array<ArrayBuffer>, sender = 'ann'): void {
  streams.take({ type, sender, topic: 'files', payload }, sender);
}

function begin(number: number, header: unknown = INFO, sender = 'ann'): void {
  take(FRAME.begin, concat([uint32(number), encode(JSON.stringify(header))]), sender);
}

function chunk(number: number, index: number, bytes: Uint8Array, sender = 'ann'): void {
  take(FRAME.chunk, concat([uint32(number), uint32(index), bytes]), sender);
}

function end(number: number, chunks: number): void {
  take(FRAME.end, concat([uint32(number), uint32(chunks)]));
}

/** What reading it comes to: its number of bytes, or the code of the error. */
async function outcomeOf(reader: ByteStreamReader | undefined): Promise<unknown> {
  try {
    const parts = await reader?.readAll();
    return parts?.reduce((sum, part) => sum + part.length, 0);
  } catch (error) {
    return (error as { readonly code: unknown }).code;
  }
}

describe('a stream', () => {
  test('that brings more than it announced is interrupted', async () => {
    begin(1, { ...INFO, size: 3 });
    chunk(1, 0, encode('abc'));
    chunk(1, 1, encode('d'));
    expect(await outcomeOf(readers[0])).toBe('stream_interrupted');
  });

  test('that nobody reads is interrupted before it fills the memory, and others are not', async () => {
    const piece = new Uint8Array(1024 * 1024);
    begin(1);
    begin(2);
    begin(1, INFO, 'ben');
    const read = outcomeOf(readers[1]);
    chunk(1, 0, piece, 'ben');
    for (let index = 0; index < 100; index += 1) {
      chunk(1, index, piece);
      chunk(2, index, piece);
      // For what is read to be read.
      await new Promise(setImmediate);
    }
    end(2, 100);
    expect(await read).toBe(100 * piece.length);
    const unread: Uint8Array[] = [];
    const iterate = async () => {
      for await (const part of readers[0] ?? []) unread.push(part);
    };
    await expect(iterate()).rejects.toMatchObject({ code: 'stream_interrupted' });
    // Half of it, as there are two.
    expect(unread).toHaveLength(33);
    take(FRAME.end, concat([uint32(1), uint32(1)]), 'ben');
    expect(await outcomeOf(readers[2])).toBe(piece.length);
  });

  test('that begins again interrupts the one of this number', async () => {
    begin(1);
    begin(1);
    chunk(1, 0, encode('abc'));
    end(1, 1);
    expect(await outcomeOf(readers[0])).toBe('stream_interrupted');
    expect(await outcomeOf(readers[1])).toBe(3);
  });

  test('beyond those that a sender may have under way is passed over (SPEC 10.16)', async () => {
    for (let number = 0; number < 1_000 + 20; number += 1) begin(number);
    expect(readers).toHaveLength(1_000);
    begin(1, INFO, 'ben');
    expect(readers).toHaveLength(1_000 + 1);
    end(0, 0);
    begin(2_000);
    expect(readers).toHaveLength(1_000 + 2);
  });
});

describe('what is malformed', () => {
  test.each([
    ['nothing', FRAME.begin, []],
    ['no number', FRAME.abort, [1, 2, 3]],
    ['no number of a chunk', FRAME.chunk, [0, 0, 0, 1, 0]],
    ['no number of chunks', FRAME.end, [0, 0, 0, 1]],
    ['a beginning that is no JSON', FRAME.begin, [0, 0, 0, 2, 123, 34, 34, 34]],
    ['an unknown type', 77, [0, 0, 0, 1]],
  ])('is passed over: %s', async (_name, type, bytes) => {
    begin(1);
    take(type, new Uint8Array(bytes));
    chunk(1, 0, encode('abc'));
    end(1, 1);
    expect(await outcomeOf(readers[0])).toBe(3);
  });

  test.each([
    ['a text', 'text'],
    ['nothing', null],
    ['an id that is no text', { ...INFO, id: 1 }],
    ['no name', { ...INFO, name: undefined }],
    ['a type that is none', { ...INFO, mimeType: {} }],
    ['a time that is none', { ...INFO, timestamp: 'now' }],
    ['attributes that are none', { ...INFO, attributes: null }],
    ['an attribute that is no text', { ...INFO, attributes: { mood: 1 } }],
    ['a negative size', { ...INFO, size: -1 }],
    ['a size that is none', { ...INFO, size: '1' }],
  ])('is no beginning: %s', (_name, header) => {
    begin(1, header);
    expect(readers).toEqual([]);
  });
});
