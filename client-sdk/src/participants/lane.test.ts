import { expect, test } from 'vitest';
import { Lane } from './lane.ts';

function recordingLane() {
  const fulfilled: string[] = [];
  const lane = new Lane(async (wish: string) => {
    await new Promise(setImmediate);
    fulfilled.push(wish);
    return wish;
  });
  return { lane, fulfilled };
}

test('of several wishes that wait, the last is carried out and all get its outcome', async () => {
  const { lane, fulfilled } = recordingLane();
  const outcomes = await Promise.all(['on', 'off', 'on', 'off'].map((wish) => lane.wish(wish)));
  expect(fulfilled).toEqual(['off']);
  expect(outcomes).toEqual(['off', 'off', 'off', 'off']);
});

test('a wish that is being carried out is finished before the next', async () => {
  const { lane, fulfilled } = recordingLane();
  const first = lane.wish('first');
  await Promise.resolve();
  const rest = [lane.wish('second'), lane.wish('third')];
  expect(await first).toBe('first');
  expect(await Promise.all(rest)).toEqual(['third', 'third']);
  expect(fulfilled).toEqual(['first', 'third']);
});

test('something else in between keeps wishes apart', async () => {
  const { lane, fulfilled } = recordingLane();
  await Promise.all([
    lane.wish('before'),
    lane.run(async () => fulfilled.push('something else')),
    lane.wish('after'),
  ]);
  expect(fulfilled).toEqual(['before', 'something else', 'after']);
});

test('a wish that fails fails for those who wished it, and the lane goes on', async () => {
  let isBroken = true;
  const lane = new Lane(async (wish: string) => {
    if (isBroken) throw new Error('broken');
    return wish;
  });
  const failing = [lane.wish('a'), lane.wish('b')];
  for (const wish of failing) await expect(wish).rejects.toThrow('broken');
  isBroken = false;
  expect(await lane.wish('c')).toBe('c');
});
