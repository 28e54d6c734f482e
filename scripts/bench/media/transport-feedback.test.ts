import { expect, test } from 'vitest';
import { writeRtp } from '../../../server/test/rtc/rtp-packet.ts';
import { TransportFeedback } from './transport-feedback.ts';

function packet(number: number): Buffer {
  const value = Buffer.alloc(2);
  value.writeUInt16BE(number);
  return writeRtp({
    payloadType: 96,
    sequenceNumber: 7,
    timestamp: 0,
    ssrc: 1,
    isMarked: false,
    extensions: [
      { id: 1, value: Buffer.from('0') },
      { id: 5, value },
    ],
    payload: Buffer.alloc(8),
  });
}

test('feedback names what came, and what did not, over the wrap of the number', () => {
  const feedback = new TransportFeedback(5, () => 1_000);
  for (const number of [65_534, 65_535, 1]) feedback.add(packet(number));
  const rtcp = feedback.write() ?? Buffer.alloc(0);
  expect(rtcp[0]).toBe(0x8f);
  expect(rtcp[1]).toBe(205);
  expect(rtcp.length).toBe(4 * (rtcp.readUInt16BE(2) + 1));
  expect(rtcp.readUInt16BE(12)).toBe(65_534);
  expect(rtcp.readUInt16BE(14)).toBe(4);
  // Two that came, one that did not, one that came.
  expect([20, 22, 24].map((at) => rtcp.readUInt16BE(at))).toEqual([0x2002, 0x0001, 0x2001]);
});

test('feedback counts arrivals in quarters of a millisecond from a multiple of 64', () => {
  let now = 127.99;
  const feedback = new TransportFeedback(5, () => now);
  feedback.add(packet(1));
  now += 10;
  feedback.add(packet(2));
  const rtcp = feedback.write() ?? Buffer.alloc(0);
  expect(rtcp.readUIntBE(16, 3)).toBe(1);
  // Both came: one run of two.
  expect(rtcp.readUInt16BE(20)).toBe(0x2002);
  expect([...rtcp.subarray(22, 24)]).toEqual([255, 40]);
});

test('a packet that came over 64 ms after the one before is told as not received', () => {
  let now = 0;
  const feedback = new TransportFeedback(5, () => now);
  feedback.add(packet(1));
  now = 65;
  feedback.add(packet(2));
  const rtcp = feedback.write() ?? Buffer.alloc(0);
  expect([20, 22].map((at) => rtcp.readUInt16BE(at))).toEqual([0x2001, 0x0001]);
});

test('feedback says nothing twice, and nothing of packets without a number', () => {
  const feedback = new TransportFeedback(6);
  feedback.add(packet(1));
  expect(feedback.write()).toBeUndefined();
  const other = new TransportFeedback(5);
  other.add(packet(1));
  other.add(packet(1));
  expect(other.write()?.readUInt16BE(14)).toBe(1);
  expect(other.write()).toBeUndefined();
});
