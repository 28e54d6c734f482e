import { expect, test } from 'vitest';
import type { LayerChoice } from './choose-layers.ts';
import { LayerNeeds } from './layer-needs.ts';

function layers(spatialLayer: number, temporalLayer = 0): LayerChoice {
  return { spatialLayer, temporalLayer };
}

test('nobody needs anything at first, and nothing after the last one went', () => {
  const needs = new LayerNeeds();
  expect(needs.most).toBe(null);
  needs.move(null, layers(1));
  needs.move(layers(1), null);
  expect(needs.most).toBe(null);
});

test('the most is that of the most demanding subscriber', () => {
  const needs = new LayerNeeds();
  needs.move(null, layers(0, 2));
  needs.move(null, layers(2, 1));
  needs.move(null, layers(1, 0));
  expect(needs.most).toEqual(layers(2, 2));
});

test('two who want the same are two', () => {
  const needs = new LayerNeeds();
  needs.move(null, layers(2));
  needs.move(null, layers(2));
  needs.move(layers(2), layers(0));
  expect(needs.most).toEqual(layers(2));
  needs.move(layers(2), layers(1));
  expect(needs.most).toEqual(layers(1));
});
