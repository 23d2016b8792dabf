// How an agent stands, seen by somebody else.
import type { AgentToday, FloorAgent, Tally } from '../api/types';
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

/** Words that a filter looks through. */
const words = (a: FloorAgent, label: string): string =>
  [a.name, a.id, label, a.device.kind, ...a.queues, ...a.work.flatMap((w) => [w.name, w.from, w.queueLabel])]
    .join('\n')
    .toLowerCase();

export type Column = 'presence' | 'name' | 'since' | 'calls' | 'talked';

/** The agents that a supervisor wants to see, in the order they want. */
export function chosen(
  agents: FloorAgent[],
  label: (code: string) => string,
  want: { filter: string; tone: string; column: Column; up: boolean },
  today: Map<string, AgentToday>,
): FloorAgent[] {
  const parts = want.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = agents.filter((a) => {
    const s = stands(a, label);
    if (want.tone && s.tone !== want.tone) return false;
    const text = words(a, s.label);
    return parts.every((p) => text.includes(p));
  });
  const by: Record<Column, (a: FloorAgent, b: FloorAgent) => number> = {
    presence: byPresence,
    name: (a, b) => (a.name || a.id).localeCompare(b.name || b.id),
    since: (a, b) => (a.since ?? 0) - (b.since ?? 0),
    calls: (a, b) => (today.get(b.id)?.calls ?? 0) - (today.get(a.id)?.calls ?? 0),
    talked: (a, b) => (today.get(b.id)?.talkedMs ?? 0) - (today.get(a.id)?.talkedMs ?? 0),
  };
  found.sort((a, b) => by[want.column](a, b) || byPresence(a, b));
  return want.up ? found.reverse() : found;
}

/** How many percent of those who were answered or gave up were answered in time; null of nobody. */
export function serviceLevel(t: Tally): number | null {
  const all = t.answered + t.abandoned;
  return all === 0 ? null : Math.round((100 * t.prompt) / all);
}

export interface Bar {
  at: number;
  prompt: number;
  late: number;
  abandoned: number;
  other: number; // still waits, or went another way
  level: number | null; // the day's service level so far
}

const quarter = 15 * 60_000;

/** The quarters of an hour from the first in which somebody came until now, at most the last twelve hours. */
export function bars(quarters: (Tally & { at: number })[], now: number): Bar[] {
  const last = Math.floor(now / quarter) * quarter;
  const of = new Map(quarters.map((q) => [q.at, q]));
  const first = Math.max(last - 47 * quarter, Math.min(last - 7 * quarter, ...quarters.map((q) => q.at)));
  const all: Bar[] = [];
  const sofar: Tally = { offered: 0, answered: 0, prompt: 0, abandoned: 0 };
  for (const q of quarters) if (q.at < first) add(sofar, q);
  for (let at = first; at <= last; at += quarter) {
    const t = of.get(at) ?? { offered: 0, answered: 0, prompt: 0, abandoned: 0 };
    add(sofar, t);
    all.push({
      at,
      prompt: t.prompt,
      late: t.answered - t.prompt,
      abandoned: t.abandoned,
      other: Math.max(0, t.offered - t.answered - t.abandoned),
      level: serviceLevel(sofar),
    });
  }
  return all;
}

function add(sum: Tally, t: Tally): void {
  for (const k of ['offered', 'answered', 'prompt', 'abandoned'] as const) sum[k] += t[k];
}
