// Facts for tests: an agent at work, and a call in each of its stages.
import type { Call, Offer, Session, State, Wrapup } from '../api/types';

export const session: Session = {
  agent: { id: 'maria', name: 'Maria' },
  viewer: false,
  sip: { user: 'maria', password: 'x', uri: 'sip:maria@callfloor', path: '/sip', expires: 300 },
  reasons: [{ code: 'lunch', label: 'Lunch' }],
};

// prettier-ignore
export const offer: Offer = {
  id: 'o-1', call: 'c-1', queue: 'support', queueLabel: 'Support', from: '+4930', name: 'Amira', to: '100', entry: 'Main',
  waitedMs: 47_000, deadlineMs: 20_000, pressed: [{ step: 'main_menu', key: '2' }],
};

// prettier-ignore
export const call: Call = {
  id: 'c-1', lease: 'o-1', state: 'talking', from: '+4930', name: 'Amira', queue: 'support', queueLabel: 'Support',
  talkedMs: 5000, heldMs: 0, muted: false, recording: true,
};

// prettier-ignore
export const wrapup: Wrapup = {
  lease: 'o-1', call: 'c-1', queue: 'support', leftMs: 30_000, required: true,
  dispositions: [{ code: 'solved', label: 'Solved' }, { code: 'spam', label: 'Spam' }],
};

export function state(part: Partial<State> = {}): State {
  return {
    // prettier-ignore
    agent: {
      id: 'maria', name: 'Maria', session: 'online', chosen: 'available', reason: '', system: 'none', next: 'none',
      busy: false, routable: true, why: '', device: { ok: true, kind: 'browser', reason: '' },
    },
    offer: null,
    call: null,
    wrapup: null,
    work: [],
    queues: [],
    node: 'n1',
    now: 0,
    ...part,
  };
}
