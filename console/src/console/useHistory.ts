import { useCallback, useEffect, useState } from 'react';
import { api } from '../api/client';
import { live } from '../api/history';
import type { Interaction } from '../api/types';

const page = 30;
const again = 5000; // ms until calls that went on are asked for again

/** The calls that match a query, newest first; asked again when `change` changes, and while one of them goes on. */
export function useHistory(query: string, change: string) {
  const [items, setItems] = useState<Interaction[]>([]);
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(true);

  const load = useCallback(
    async (former: Interaction[], signal?: AbortSignal) => {
      setBusy(true);
      try {
        const found = await api.history(query, former.at(-1)?.id ?? '', signal);
        setItems([...former, ...found]);
        setMore(found.length >= page);
        setProblem('');
      } catch (err) {
        if (signal?.aborted) return;
        setProblem(err instanceof Error ? err.message : 'The history cannot be shown.');
      }
      setBusy(false);
    },
    [query],
  );
  useEffect(() => {
    const stop = new AbortController();
    void load([], stop.signal);
    // records are written a moment after the call's end: look once more
    const later = setTimeout(() => void load([], stop.signal), 1500);
    return () => {
      stop.abort();
      clearTimeout(later);
    };
  }, [load, change]);

  const going = items.some(live);
  useEffect(() => {
    if (!going) return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      api.history(query, '', stop.signal).then(
        (found) => setItems((shown) => renewed(shown, found)),
        () => undefined, // the next turn, or the next page, says what is wrong
      );
    }, again);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [going, query]);

  return { items, more, problem, busy, next: () => void load(items) };
}

/** The newest page in the place of what was known of it; older pages stay. */
export function renewed(shown: Interaction[], newest: Interaction[]): Interaction[] {
  const known = new Set(newest.map((i) => i.id));
  return [...newest, ...shown.filter((i) => !known.has(i.id))];
}
