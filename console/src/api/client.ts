// Commands and questions over HTTP. Whatever goes wrong becomes a Problem with a sentence for people.
import type {
  Deed,
  CallerID,
  Explanation,
  FloorState,
  Interaction,
  NotMine,
  PhoneInfo,
  Session,
  Targets,
  Today,
} from './types';
import type { Trial } from '../audio/network';
import { interaction } from './history';
import { tab } from './tab';

/** A refusal by the server (RFC 9457), or the lack of one. */
export class Problem extends Error {
  constructor(
    readonly status: number, // 0: the server could not be reached
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What the codes of typed conflicts mean to an agent. */
const conflicts: Record<string, string> = {
  expired: 'The time to accept was over.',
  taken: 'Somebody else has taken this call.',
  gone: 'The caller has hung up.',
  not_found: 'This is over already.',
  not_online: 'The server lost this tab for a moment. Try again.',
  viewer: 'You are signed in elsewhere. This tab can only watch.',
  fenced: 'Your session has ended. Sign in again.',
  full: 'The queue is full.',
  at_max: 'You have as much in hand as you may have at once.',
  nothing_waits: 'Nothing waits that you could take.',
  open_work: 'Finish your open work before signing out.',
};

async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = {
    method,
    headers: { Accept: 'application/json', 'X-Callfloor-Tab': tab },
    credentials: 'same-origin',
  };
  if (signal) init.signal = signal;
  if (method !== 'GET') {
    init.headers = { ...init.headers, 'X-Callfloor': '1', 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body ?? {});
  }
  let res: Response;
  try {
    res = await fetch(path, init);
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    throw new Problem(0, 'unreachable', 'The server cannot be reached. Check the network.');
  }
  if (!res.ok) throw await problem(res);
  return res;
}

async function problem(res: Response): Promise<Problem> {
  let said: { title?: string; detail?: string; code?: string } = {};
  try {
    said = (await res.json()) as typeof said;
  } catch {
    // not a problem document: the status has to do
  }
  const code = said.code ?? '';
  const words = conflicts[code] ?? said.detail ?? said.title ?? `The server answered ${res.status}.`;
  return new Problem(res.status, code, words);
}

async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const res = await request('GET', path, undefined, signal);
  return (await res.json()) as T;
}

/** What needs no words. */
export type Verb =
  | 'hold'
  | 'resume'
  | 'mute'
  | 'unmute'
  | 'end'
  | 'take-back'
  | 'swap'
  | 'complete'
  | 'merge'
  | 'meet'
  | 'listen'
  | 'whisper'
  | 'barge'
  | 'take-over';

/** What the agent whose call it is does with one who takes part. */
export type PartyVerb = 'mute' | 'unmute' | 'drop' | 'complete';

/** Where a call may go, or who may be asked: one of the three. */
export interface To {
  queue?: string;
  agent?: string;
  number?: string;
}

const tell = (path: string, body?: unknown) => request('POST', path, body).then(() => undefined);
const id = encodeURIComponent;

export const api = {
  login: async (agent: string, password: string): Promise<Session> => {
    const res = await request('POST', '/api/login', { agent, password });
    return (await res.json()) as Session;
  },
  session: () => ask<Session>('/api/session'),
  logout: () => tell('/api/logout'),
  presence: (chosen: string, reason: string, afterThis: boolean) =>
    tell('/api/presence', { chosen, reason, afterThis }),
  stay: () => tell('/api/presence/stay'),
  back: () => tell('/api/back'),
  next: () => tell('/api/next', {}),
  accept: (offer: string) => tell(`/api/offers/${id(offer)}/accept`),
  decline: (offer: string) => tell(`/api/offers/${id(offer)}/decline`),
  call: (call: string, verb: Verb) => tell(`/api/calls/${id(call)}/${verb}`),
  party: (call: string, party: string, verb: PartyVerb) => tell(`/api/calls/${id(call)}/parties/${id(party)}/${verb}`),
  transfer: (call: string, to: To, note: string) => tell(`/api/calls/${id(call)}/transfer`, { ...to, note }),
  consult: (call: string, to: To, note: string) => tell(`/api/calls/${id(call)}/consult`, { ...to, note }),
  dial: (to: string, callerId: string) => tell('/api/dial', { to, callerId }),
  callerIDs: async (signal?: AbortSignal): Promise<CallerID[]> =>
    (await ask<{ callerIds: CallerID[] }>('/api/caller-ids', signal)).callerIds,
  targets: (signal?: AbortSignal) => ask<Targets>('/api/transfer-targets', signal),
  digits: (call: string, keys: string) => tell(`/api/calls/${id(call)}/digits`, { keys }),
  wrapup: (lease: string, code: string, note: string) => tell(`/api/wrapup/${id(lease)}`, { code, note }),
  history: async (q: string, before: string, signal?: AbortSignal): Promise<Interaction[]> => {
    const ask4 = new URLSearchParams({ limit: '30' });
    if (q) ask4.set('q', q);
    if (before) ask4.set('before', before);
    const said = await ask<{ items: unknown[] | null }>(`/api/history?${ask4}`, signal);
    return (said.items ?? []).map(interaction);
  },
  interaction: async (call: string): Promise<Interaction> =>
    interaction(await ask<unknown>(`/api/history/${id(call)}`)),
  whyNot: async (agent: string, signal?: AbortSignal): Promise<NotMine[]> =>
    (await ask<{ items: NotMine[] }>(`/api/why-not${agent ? `?agent=${id(agent)}` : ''}`, signal)).items,
  explanation: (interaction: string, signal?: AbortSignal) =>
    ask<Explanation>(`/api/interactions/${id(interaction)}/explanation`, signal),
  signOut: (agent: string) => tell(`/api/agents/${id(agent)}/logout`),
  chooseFor: (agent: string, chosen: string, reason: string, afterThis: boolean) =>
    tell(`/api/agents/${id(agent)}/state`, { chosen, reason, afterThis }),
  floor: (signal?: AbortSignal) => ask<FloorState>('/api/floor', signal),
  today: (signal?: AbortSignal) => ask<Today>('/api/floor/today', signal),
  move: (call: string, queue: string) => tell(`/api/interactions/${id(call)}/move`, { queue }),
  assign: (call: string, agent: string) => tell(`/api/interactions/${id(call)}/assign`, { agent }),
  audit: async (filter: Record<string, string>, signal?: AbortSignal): Promise<Deed[]> => {
    const chosen = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));
    return (await ask<{ items: Deed[] | null }>(`/api/audit?${chosen}`, signal)).items ?? [];
  },
  recording: (call: string) => `/api/recordings/${id(call)}`,
  /** Lets the server answer an offer of sound, to find out whether it gets through. */
  trial: async (sdp: string): Promise<Trial> =>
    (await request('POST', '/api/sound/trial', { sdp })).json() as Promise<Trial>,
  phone: () => ask<PhoneInfo>('/api/phone'),
};
