import { expect, test } from 'vitest';
import { figureOf, quantile, showFigure, table } from './figures.ts';

test('a quantile is the value of its rank', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([4, 1, 2, 3], 0.95)).toBe(4);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a figure shows the middle and the range', () => {
  expect(showFigure(figureOf([5, 4, 9]), 1)).toBe('5.0 (4.0–9.0)');
});

test('a table is Markdown', () => {
  expect(table(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
});
