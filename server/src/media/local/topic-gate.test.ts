import { expect, test } from 'vitest';
import type { SentFrame } from './data-frame.ts';
import { TopicGate } from './topic-gate.ts';

function frame(type: number, topic: string, stream?: number): SentFrame {
  const label = Buffer.from(topic);
  const number = Buffer.alloc(stream === undefined ? 0 : 4);
  if (stream !== undefined) number.writeUInt32BE(stream);
  return {
    type,
    destinations: [],
    rest: Buffer.concat([Buffer.from([label.length]), label, number]),
  };
}

test('messages pass by their topic (SPEC 16.3)', () => {
  const gate = new TopicGate(['cursor', '']);
  expect(gate.admits(frame(0, 'cursor'))).toBe(true);
  expect(gate.admits(frame(0, ''))).toBe(true);
  expect(gate.admits(frame(0, 'secret'))).toBe(false);
  expect(gate.admits(frame(9, 'secret'))).toBe(false);
});

test('what a stream goes on with passes if its beginning did (SPEC 16.3)', () => {
  const gate = new TopicGate(['files']);
  expect(gate.admits(frame(2, '', 1))).toBe(false);
  expect(gate.admits(frame(1, 'files', 1))).toBe(true);
  expect(gate.admits(frame(1, 'secret', 2))).toBe(false);
  expect(gate.admits(frame(2, '', 1))).toBe(true);
  expect(gate.admits(frame(2, 'files', 2))).toBe(false);
  expect(gate.admits(frame(3, '', 1))).toBe(true);
  expect(gate.admits(frame(2, '', 1))).toBe(false);
});

test('a number that a forbidden stream takes over is worth nothing (SPEC 16.3)', () => {
  const gate = new TopicGate(['files']);
  expect(gate.admits(frame(1, 'files', 1))).toBe(true);
  expect(gate.admits(frame(1, 'secret', 1))).toBe(false);
  expect(gate.admits(frame(2, '', 1))).toBe(false);
});

test('a stream without a number does not pass (SPEC 16.3)', () => {
  expect(new TopicGate(['files']).admits(frame(1, 'files'))).toBe(false);
});
