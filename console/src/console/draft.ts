// What an agent has half written about a call: it outlives a reload of the page, and nothing else.
const key = 'callfloor.draft';

export interface Draft {
  lease: string;
  code: string;
  note: string;
}

export function draftOf(lease: string): Draft {
  const empty = { lease, code: '', note: '' };
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Draft | null;
    return kept?.lease === lease ? { ...empty, ...kept } : empty;
  } catch {
    return empty; // storage is off, or holds what we did not write
  }
}

export function keepDraft(draft: Draft): void {
  try {
    if (draft.code || draft.note) sessionStorage.setItem(key, JSON.stringify(draft));
    else sessionStorage.removeItem(key);
  } catch {
    // storage is off: a reload forgets it
  }
}
