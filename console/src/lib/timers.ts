// Timers that go on while the page is hidden. Browsers let the timers of a page that nobody looks at run once a minute, and an
// agent who waits for a call works in another tab: a worker's timers keep their pace.
type Cancel = () => void;

let worker: Worker | null = null;
let count = 0;
const due = new Map<number, () => void>();

/** Calls f every so many ms until it is cancelled. */
export function every(ms: number, f: () => void): Cancel {
  const at = keeper();
  if (at) return ask(at, { every: ms }, f);
  const timer = setInterval(f, ms);
  return () => clearInterval(timer);
}

/** Calls f once, after so many ms, unless it is cancelled. */
export function after(ms: number, f: () => void): Cancel {
  const at = keeper();
  if (at) {
    const forget = ask(at, { after: ms }, () => {
      forget();
      f();
    });
    return forget;
  }
  const timer = setTimeout(f, ms);
  return () => clearTimeout(timer);
}

function ask(at: Worker, when: object, f: () => void): Cancel {
  const id = ++count;
  due.set(id, f);
  at.postMessage({ id, ...when });
  return () => {
    due.delete(id);
    at.postMessage({ id });
  };
}

/** The worker that keeps the time, null where there are none. */
function keeper(): Worker | null {
  if (worker || typeof Worker === 'undefined') return worker;
  worker = new Worker(new URL('./timers.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<number>) => due.get(data)?.();
  return worker;
}
