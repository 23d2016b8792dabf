import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Stands for the browser's worker: what is asked of it, and a way to let it say that something is due. */
class FakeWorker {
  static last: FakeWorker;
  asked: unknown[] = [];
  onmessage: ((m: { data: number }) => void) | null = null;
  constructor() {
    FakeWorker.last = this;
  }
  postMessage(m: unknown) {
    this.asked.push(m);
  }
  says(id: number) {
    this.onmessage?.({ data: id });
  }
}

let timers: typeof import('./timers');

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  vi.stubGlobal('Worker', FakeWorker);
  timers = await import('./timers');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('the page may sleep: a worker says when it is time, as often as asked', () => {
  const beat = vi.fn();
  const stop = timers.every(3000, beat);
  expect(vi.getTimerCount()).toBe(0);
  expect(FakeWorker.last.asked).toEqual([{ id: 1, every: 3000 }]);
  FakeWorker.last.says(1);
  FakeWorker.last.says(1);
  expect(beat).toHaveBeenCalledTimes(2);
  stop();
  expect(FakeWorker.last.asked.at(-1)).toEqual({ id: 1 });
  FakeWorker.last.says(1); // it had said so before it heard that nobody cares
  expect(beat).toHaveBeenCalledTimes(2);
});

test('what is asked once happens once, and nothing is kept of it', () => {
  const again = vi.fn();
  timers.after(200, again);
  FakeWorker.last.says(1);
  FakeWorker.last.says(1);
  expect(again).toHaveBeenCalledTimes(1);
});

test('where there are no workers the page keeps the time', async () => {
  vi.stubGlobal('Worker', undefined);
  const f = vi.fn();
  const stop = timers.every(1000, f);
  timers.after(1500, f);
  vi.advanceTimersByTime(2000);
  expect(f).toHaveBeenCalledTimes(3);
  stop();
  vi.advanceTimersByTime(2000);
  expect(f).toHaveBeenCalledTimes(3);
});
