import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LayerChoice } from './choose-layers.ts';
import { LESS_AFTER_MS, NeedPacer } from './need-pacer.ts';

let told: (LayerChoice | null)[];
let pacer: NeedPacer;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  pacer = new NeedPacer(layers(2, 2), (needed) => told.push(needed));
});

afterEach(() => vi.useRealTimers());

function layers(spatialLayer: number, temporalLayer = 2): LayerChoice {
  return { spatialLayer, temporalLayer };
}

test('less is told within five seconds, and not before two (SPEC 9.4)', () => {
  pacer.set(null);
  vi.advanceTimersByTime(2_000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(told).toEqual([null]);
});

test('more is told at once (SPEC 9.4)', () => {
  pacer.set(null);
  vi.advanceTimersByTime(LESS_AFTER_MS);
  pacer.set(layers(0, 0));
  pacer.set(layers(0, 1));
  pacer.set(layers(1, 1));
  expect(told).toEqual([null, layers(0, 0), layers(0, 1), layers(1, 1)]);
});

test('what is needed again in time is never missed', () => {
  pacer.set(layers(0));
  vi.advanceTimersByTime(LESS_AFTER_MS - 1);
  pacer.set(layers(2));
  vi.advanceTimersByTime(10 * LESS_AFTER_MS);
  expect(told).toEqual([]);
});

test('what changes while it waits is told as it is then, without waiting longer', () => {
  pacer.set(null);
  vi.advanceTimersByTime(LESS_AFTER_MS - 1);
  pacer.set(layers(1));
  vi.advanceTimersByTime(1);
  expect(told).toEqual([layers(1)]);
});

test('more of one thing is told at once, with less of the other', () => {
  pacer.set(layers(1, 0));
  vi.advanceTimersByTime(LESS_AFTER_MS);
  pacer.set(layers(0, 1));
  expect(told).toEqual([layers(1, 0), layers(0, 1)]);
});

test('the same again is not told', () => {
  pacer.set(layers(2, 2));
  vi.advanceTimersByTime(LESS_AFTER_MS);
  pacer.set(null);
  vi.advanceTimersByTime(LESS_AFTER_MS);
  pacer.set(null);
  vi.advanceTimersByTime(LESS_AFTER_MS);
  expect(told).toEqual([null]);
});

test('a track that ended is not told of', () => {
  pacer.set(null);
  pacer.close();
  pacer.set(null);
  vi.advanceTimersByTime(LESS_AFTER_MS);
  expect(told).toEqual([]);
});
