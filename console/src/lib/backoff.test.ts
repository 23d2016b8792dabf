import { expect, test } from 'vitest';
import { backoff } from './backoff';

test('the wait doubles from 0.2 s and stops at 2 s', () => {
  expect([0, 1, 2, 3, 4, 50].map((n) => backoff(n, 1))).toEqual([200, 400, 800, 1600, 2000, 2000]);
});

test('chance takes away a tenth at most', () => {
  expect(backoff(0, 0)).toBe(180);
  for (let n = 0; n < 20; n++) {
    expect(backoff(n)).toBeGreaterThanOrEqual(180);
    expect(backoff(n)).toBeLessThanOrEqual(2000);
  }
});
