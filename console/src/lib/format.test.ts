import { expect, test } from 'vitest';
import { caller, causeWords, clock, span, spoken, when } from './format';

test.each([
  [-5, '0:00'],
  [0, '0:00'],
  [7400, '0:07'],
  [59_999, '0:59'],
  [250_000, '4:10'],
  [3_723_000, '1:02:03'],
])('a clock at %i ms reads %s', (ms, want) => expect(clock(ms)).toBe(want));

test.each([
  [0, '0 s'],
  [47_000, '47 s'],
  [240_000, '4 min'],
  [250_000, '4 min 10 s'],
  [3_600_000, '1 h'],
  [3_725_000, '1 h 2 min'],
])('a span of %i ms reads %s', (ms, want) => expect(span(ms)).toBe(want));

test.each([
  [0, '0 seconds'],
  [1000, '1 second'],
  [250_000, '4 minutes 10 seconds'],
  [3_601_000, '1 hour 1 second'],
])('a screen reader says %i ms as %s', (ms, want) => expect(spoken(ms)).toBe(want));

test('a moment is told as near as it is', () => {
  const now = new Date(2026, 10, 23, 9, 0).getTime();
  const at = (y: number, m: number, d: number, h: number, min: number) => when(new Date(y, m, d, h, min).getTime(), now, 'en-GB');
  expect(at(2026, 10, 23, 8, 5)).toBe('08:05');
  expect(at(2026, 10, 22, 23, 59)).toBe('Yesterday 23:59');
  expect(at(2026, 10, 3, 14, 5)).toBe('3 Nov 14:05');
  expect(at(2024, 10, 3, 14, 5)).toBe('3 Nov 2024');
});

test('a caller is called by name, else number, else neither', () => {
  expect(caller('Amira', '+49')).toBe('Amira');
  expect(caller('', '+49')).toBe('+49');
  expect(caller(undefined, undefined)).toBe('Unknown caller');
});

test('causes have words, and unknown ones are shown as they are', () => {
  expect(causeWords('no_media')).toBe('No common audio format');
  expect(causeWords('moon_too_low')).toBe('moon too low');
});
