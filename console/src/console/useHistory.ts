import { useCallback, useEffect, useState } from 'react';
import { api } from '../api/client';
import type { Interaction } from '../api/types';

const page = 30;

/** The calls that match a query, newest first; asked again when `change` changes. */
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
    const again = setTimeout(() => void load([], stop.signal), 1500);
    return () => {
      stop.abort();
      clearTimeout(again);
    };
  }, [load, change]);

  return { items, more, problem, busy, next: () => void load(items) };
}
