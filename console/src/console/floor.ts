// How an agent stands, seen by somebody else.
import type { FloorAgent } from '../api/types';
import { fact, type Tone } from './model';

export interface Standing {
  tone: Tone | 'gone';
  label: string;
  detail: string;
}

const working: Record<string, string> = { voice: 'On a call', chat: 'In a chat', email: 'On an e-mail' };

export function stands(a: FloorAgent, label: (code: string) => string): Standing {
  const [next, reason] = fact(a.next, '');
  const detail = next === '' || next === 'none' ? '' : `then ${label(reason || next)}`;
  if (a.session === 'lost') return { tone: 'trouble', label: 'Connection lost', detail };
  if (a.session !== 'online') return { tone: 'gone', label: 'Signed out', detail: '' };
  const work = ['work', 'offer', 'acw'].map((kind) => a.work.find((w) => w.kind === kind)).find(Boolean);
  if (work?.kind === 'work') return { tone: 'busy', label: working[work.channel] ?? 'At work', detail };
  if (work?.kind === 'offer') return { tone: 'busy', label: 'Ringing', detail };
  if (work) return { tone: 'busy', label: 'After-call work', detail };
  if (a.system === 'away_idle') return { tone: 'trouble', label: 'Away: offers missed', detail: 'until they are back' };
  const [chosen, why] = fact(a.chosen, a.reason);
  if (chosen === 'login_prep') return { tone: 'away', label: 'Getting ready', detail };
  if (chosen !== 'available') return { tone: 'away', label: label(why || chosen), detail };
  if (a.routable) return { tone: 'ready', label: 'Available', detail };
  if (!a.device.ok) return { tone: 'trouble', label: 'Not reachable', detail: a.device.reason };
  return { tone: 'busy', label: 'Available', detail: detail || a.why };
}

const order = ['online', 'lost', 'offline'];

/** Who is there comes first, then the name. */
export function byPresence(a: FloorAgent, b: FloorAgent): number {
  const place = (x: FloorAgent) => order.indexOf(x.session);
  return place(a) - place(b) || (a.name || a.id).localeCompare(b.name || b.id);
}
