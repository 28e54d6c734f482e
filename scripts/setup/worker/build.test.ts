import { expect, test } from 'vitest';
import { progressLine } from './build.ts';

test('the compiler driver’s steps are told as a share of the whole', () => {
  expect(progressLine('[120/260] Building CXX object a.cpp.o')).toBe(
    'worker: 120/260 compile steps, 46 %',
  );
});
