import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const lost = (participantId: string) => ({ roomId: 'r', participantIds: [participantId] });

test('keeps facts in their order until they are confirmed', () => {
  const outbox = new Outbox();
  for (const one of ['a', 'b', 'c']) outbox.put('mediaLost', lost(one));
  outbox.confirm(2);
  expect(outbox.pending()).toEqual([{ number: 3, name: 'mediaLost', fact: lost('c') }]);
  expect(outbox.told).toBe(2);
  outbox.confirm(3);
  expect(outbox.pending()).toEqual([]);
  expect(outbox.told).toBe(3);
});

test('keeps the latest of what is only worth something while it is new, as what came last', () => {
  const outbox = new Outbox();
  outbox.put('audioLevels', { roomId: 'r', levels: [{ trackId: 't', volumeDb: -20 }] });
  outbox.put('audioLevels', { roomId: 'other', levels: [] });
  outbox.put('mediaLost', lost('a'));
  outbox.put('audioLevels', { roomId: 'r', levels: [] });
  expect(outbox.pending().map(({ number, fact }) => [number, fact])).toEqual([
    [2, { roomId: 'other', levels: [] }],
    [3, lost('a')],
    [4, { roomId: 'r', levels: [] }],
  ]);
});

test('is overfull with one fact more than it may hold', () => {
  const outbox = new Outbox(2);
  outbox.put('mediaLost', lost('a'));
  outbox.put('mediaLost', lost('b'));
  expect(outbox.isOverfull).toBe(false);
  outbox.put('mediaLost', lost('c'));
  expect(outbox.isOverfull).toBe(true);
  outbox.clear();
  expect(outbox.told).toBe(3);
});
