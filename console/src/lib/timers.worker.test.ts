import { expect, test, vi } from 'vitest';
import './timers.worker';

test('the worker keeps the time until it is told to stop', () => {
  vi.useFakeTimers();
  const said: number[] = [];
  vi.stubGlobal('postMessage', (id: number) => said.push(id));
  const ask = (data: object) => window.onmessage?.(new MessageEvent('message', { data }));
  ask({ id: 1, every: 1000 });
  ask({ id: 2, after: 1500 });
  ask({ id: 3, after: 500 });
  ask({ id: 3 });
  vi.advanceTimersByTime(3000);
  expect(said).toEqual([1, 2, 1, 1]);
  ask({ id: 1 });
  vi.advanceTimersByTime(3000);
  expect(said).toHaveLength(4);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
