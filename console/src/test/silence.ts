// A browser whose sound goes nowhere.
import { vi } from 'vitest';

export function silence(): void {
  vi.stubGlobal(
    'AudioContext',
    class {
      currentTime = 0;
      resume = () => Promise.reject(new Error('no sound here'));
      close = () => Promise.resolve();
      createOscillator = node;
      createGain = node;
    },
  );
}

function node() {
  const param = { value: 0, setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
  const n = { frequency: param, gain: param, connect: () => n, start() {}, stop() {} };
  return n;
}
