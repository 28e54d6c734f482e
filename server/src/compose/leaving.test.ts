import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../kernel/logger.ts';
import { Leaving } from './leaving.ts';

const TIMEOUT_MS = 10_000;

let leaving: Leaving;

beforeEach(() => {
  vi.useFakeTimers();
  leaving = new Leaving(TIMEOUT_MS, createLogger('silent'));
});

afterEach(() => {
  leaving.close();
  vi.useRealTimers();
});

/** A node that somebody is on. */
function host(peopleCount: number) {
  const node = {
    peopleCount,
    isDrained: false,
    drains: 0,
    drain: () => {
      node.drains += 1;
    },
  };
  leaving.watch(node);
  return node;
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  const settled = vi.fn();
  void promise.then(settled);
  await vi.advanceTimersByTimeAsync(0);
  return settled.mock.calls.length > 0;
}

test('a node that an administrator has drained leaves once it was empty for two seconds', async () => {
  const node = host(1);
  node.isDrained = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await isSettled(leaving.done)).toBe(false);
  node.peopleCount = 0;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await isSettled(leaving.done)).toBe(false);
  await vi.advanceTimersByTimeAsync(400);
  expect(await isSettled(leaving.done)).toBe(true);
});

test('somebody who comes while it waits keeps it for as long as they are there', async () => {
  const node = host(0);
  node.isDrained = true;
  await vi.advanceTimersByTimeAsync(1_800);
  node.peopleCount = 1;
  await vi.advanceTimersByTimeAsync(5_000);
  node.peopleCount = 0;
  await vi.advanceTimersByTimeAsync(1_800);
  expect(await isSettled(leaving.done)).toBe(false);
});

test('an empty node that nobody drains stays, and so does one whose drain is taken back', async () => {
  const node = host(0);
  await vi.advanceTimersByTimeAsync(60_000);
  node.isDrained = true;
  await vi.advanceTimersByTimeAsync(1_800);
  node.isDrained = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await isSettled(leaving.done)).toBe(false);
});

test('a node that stops waits until its people have gone', async () => {
  const node = host(2);
  const drained = leaving.drain();
  expect(node.drains).toBe(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await isSettled(drained)).toBe(false);
  node.peopleCount = 0;
  await vi.advanceTimersByTimeAsync(200);
  expect(await isSettled(drained)).toBe(true);
});

test('a node that stops waits for those who may be on their way to it', async () => {
  const node = host(1);
  const drained = leaving.drain();
  node.peopleCount = 0;
  await vi.advanceTimersByTimeAsync(1_600);
  expect(await isSettled(drained)).toBe(false);
  await vi.advanceTimersByTimeAsync(600);
  expect(await isSettled(drained)).toBe(true);
});

test('a node that stops waits no longer than its time', async () => {
  host(1);
  const drained = leaving.drain();
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
  expect(await isSettled(drained)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await isSettled(drained)).toBe(true);
});

test('a node with nobody on it stops at once, and is not drained', async () => {
  const node = host(0);
  await leaving.drain();
  expect(node.drains).toBe(0);
});

test('a node that is no node yet has nothing to wait for', () => {
  expect(leaving.begin()).toEqual({ people: 0, isOver: true });
});

test('who asks again hears how far it is, and begins nothing anew', async () => {
  const node = host(3);
  expect(leaving.begin()).toEqual({ people: 3, isOver: false });
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1_000);
  node.peopleCount = 1;
  expect(leaving.begin()).toEqual({ people: 1, isOver: false });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(leaving.begin()).toEqual({ people: 1, isOver: true });
  expect(node.drains).toBe(1);
});

test('a drain that was begun is over when nobody is left', async () => {
  const node = host(1);
  leaving.begin();
  node.peopleCount = 0;
  expect(leaving.begin()).toEqual({ people: 0, isOver: false });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(leaving.begin()).toEqual({ people: 0, isOver: true });
});
