// What there was with this caller before: the last calls of the same number, where they were left.
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { result } from '../api/history';
import type { Interaction } from '../api/types';
import { when } from '../lib/format';

export function Earlier({ number, except }: { number: string; except: string }) {
  const [calls, setCalls] = useState<Interaction[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    if (!number) return;
    api.history(number, '', stop.signal).then(
      (found) => setCalls(found.filter((i) => i.from === number && i.id !== except).slice(0, 3)),
      () => undefined, // the history beside it says what is wrong
    );
    return () => stop.abort();
  }, [number, except]);
  if (calls.length === 0) return null;
  return (
    <section className="earlier" aria-label="Earlier calls of this number" data-testid="earlier">
      <h3>Earlier calls of this number</h3>
      <ul>
        {calls.map((i) => (
          <li key={i.id}>
            <time>{when(i.started, Date.now())}</time>
            <span>
              {[i.queue, result(i)].filter(Boolean).join(' · ')}
              {i.note && <small>{i.note}</small>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
