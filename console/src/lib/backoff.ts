// How long to wait before trying again: 0.2 s at first, doubled each time, 2 s at most. A tenth is left to chance, so
// that a whole floor of consoles does not come back in the same instant.
export const first = 200;
export const longest = 2000;

/** Milliseconds to wait before try n (0 = the first one after the loss). */
export function backoff(n: number, chance: number = Math.random()): number {
  const wait = Math.min(first * 2 ** Math.max(0, n), longest);
  return Math.round(wait * (0.9 + 0.1 * chance));
}
