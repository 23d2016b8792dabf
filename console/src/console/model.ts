// What the console knows and what follows from it. Facts come from the server's State; what is kept beside them is
// only what the agent asked for a moment ago and the server has not yet confirmed.
import type { Call, Choice, Load, Offer, Party, Session, State, Work } from '../api/types';
import { caller } from '../lib/format';

export interface Model {
  phase: 'starting' | 'unreachable' | 'signedOut' | 'signedIn';
  session: Session | null;
  link: 'connecting' | 'open' | 'lost';
  server: State | null;
  at: number; // performance.now() when server arrived: its durations count from here
  spoke: { call: string; who: string }; // the last call shown, for the work after it
  offerTotal: number; // the whole time the present offer has, for its ring
  asked: Asked;
  notices: Notice[];
  noticesMade: number;
}

/** Asked of the server and not confirmed yet. */
export interface Asked {
  accept: string; // id of an offer
  decline: string;
  mute: boolean | null;
  hold: boolean | null;
  end: string; // id of a call
  complete: string;
  wrapup: string; // lease
}

export interface Notice {
  id: number;
  kind: 'info' | 'problem';
  text: string;
}

export type Action =
  | { do: 'unreachable' }
  | { do: 'signedOut'; text?: string }
  | { do: 'session'; session: Session }
  | { do: 'link'; link: Model['link'] }
  | { do: 'state'; state: State; at: number }
  | { do: 'ask'; asked: Partial<Asked> }
  | { do: 'notice'; kind: Notice['kind']; text: string }
  | { do: 'dismiss'; id: number };

const nothing: Asked = { accept: '', decline: '', mute: null, hold: null, end: '', complete: '', wrapup: '' };

export const start: Model = {
  phase: 'starting',
  session: null,
  link: 'connecting',
  server: null,
  at: 0,
  spoke: { call: '', who: '' },
  offerTotal: 0,
  asked: nothing,
  notices: [],
  noticesMade: 0,
};

export function next(m: Model, a: Action): Model {
  switch (a.do) {
    case 'unreachable':
      return m.phase === 'starting' ? { ...m, phase: 'unreachable' } : m;
    case 'signedOut':
      return notice({ ...start, phase: 'signedOut', noticesMade: m.noticesMade }, 'info', a.text);
    case 'session':
      return { ...m, phase: 'signedIn', session: a.session };
    case 'link':
      return m.link === a.link ? m : { ...m, link: a.link };
    case 'state':
      return arrived(m, a.state, a.at);
    case 'ask':
      return { ...m, asked: { ...m.asked, ...a.asked } };
    case 'notice':
      return notice(m, a.kind, a.text);
    case 'dismiss':
      return { ...m, notices: m.notices.filter((n) => n.id !== a.id) };
  }
}

function arrived(m: Model, state: State, at: number): Model {
  const { offer, call, wrapup } = state;
  const before = m.server?.offer ?? null;
  const same = offer !== null && offer.id === before?.id;
  // Between the accepted offer and the call there may be a moment with neither; the slot is in use all the time.
  const held = (state.work ?? []).some((w) => w.kind === 'work' || w.kind === 'consult' || w.kind === 'join');
  const joining = m.asked.accept !== '' && !offer && !call && !wrapup && held;
  const changed: Model = {
    ...m,
    server: state,
    at,
    spoke: call ? { call: call.id, who: caller(call.name, call.from) } : m.spoke,
    offerTotal: offer ? (same ? Math.max(m.offerTotal, offer.deadlineMs) : offer.deadlineMs) : 0,
    asked: {
      accept: joining || offer?.id === m.asked.accept ? m.asked.accept : '',
      decline: offer?.id === m.asked.decline ? m.asked.decline : '',
      mute: call && call.muted !== m.asked.mute ? m.asked.mute : null,
      hold: call && (call.state === 'held') !== m.asked.hold ? m.asked.hold : null,
      end: call?.id === m.asked.end ? m.asked.end : '',
      complete: call?.id === m.asked.complete && consulting(call) ? m.asked.complete : '',
      wrapup: wrapup?.lease === m.asked.wrapup ? m.asked.wrapup : '',
    },
  };
  const missed = state.unreached;
  if (missed && m.server && missed.call !== m.server.unreached?.call && missed.cause !== 'cancelled')
    return notice(changed, 'problem', `${missed.number}: ${notReached[missed.cause] ?? missed.cause}.`);
  if (same || joining || viewer(changed)) return changed;
  if (!before) {
    const lost = m.asked.accept !== '' && !call && !wrapup && !offer;
    return lost ? notice(changed, 'info', 'The caller was gone before you were connected.') : changed;
  }
  return notice(changed, 'info', goneWords(m, before, state, at));
}

/** Why an offer is no longer there, '' when the agent knows already. */
function goneWords(m: Model, offer: Offer, state: State, at: number): string {
  const served = state.call?.id === offer.call || state.call?.lease === offer.id;
  if (served || m.asked.decline === offer.id) return '';
  const who = caller(offer.name, offer.from);
  if (m.asked.accept === offer.id) return `${who} was gone before you were connected.`;
  const left = offer.deadlineMs - (at - m.at);
  if (offer.purpose === 'consult' && left >= 400) return `${offer.by || 'Your colleague'} asks no longer.`;
  return left < 400
    ? `Missed: ${who} (${offer.queueLabel || offer.queue}).`
    : `${who} is no longer waiting for you: they hung up, or the call went elsewhere.`;
}

function notice(m: Model, kind: Notice['kind'], text: string | undefined): Model {
  if (!text) return m;
  const id = m.noticesMade + 1;
  const others = m.notices.filter((n) => n.text !== text);
  return { ...m, notices: [...others, { id, kind, text }].slice(-4), noticesMade: id };
}

/** Whether this tab may only watch, because another one of the same agent came first. */
export function viewer(m: Model): boolean {
  return m.server?.agent.viewer ?? m.session?.viewer ?? false;
}

/** Why somebody finds themselves signed out. */
export function signedOut(by: string, reason: string): string {
  if (reason === 'logout_after') return 'You were away for long with nothing in hand, so you have been signed out.';
  if (reason === 'logout_at') return 'The day is over, so you have been signed out.';
  return `${by || 'A supervisor'} has signed you out.`;
}

/** Whether this agent can call somebody now: nothing rings, nobody is on the line, and the browser is their phone. */
export function dialing(m: Model): boolean {
  const s = m.server;
  return !!s && !viewer(m) && !s.offer && !s.call && !s.wrapup && s.agent.device.kind !== 'phone';
}

/** Why a number that the agent has called was not reached. */
export const notReached: Record<string, string> = {
  busy: 'busy',
  no_answer: 'no answer',
  declined: 'the call was rejected',
  not_found: 'this number does not exist',
  forbidden: 'not allowed',
  no_media: 'no sound could be agreed on',
  unreachable: 'cannot be reached',
  failed: 'the call failed',
  lost: 'your connection was lost',
};

/** Whether this agent sees the floor of their queues. */
export const supervises = (m: Model): boolean => m.session?.agent.role === 'supervisor';

/** Whether the microphone may be heard. Closing follows the agent's wish at once, opening follows the server, except
 * for an accept or a resume: there the first word must not be cut. */
export function micOpen(m: Model): boolean {
  const s = m.server;
  if (!s || viewer(m)) return false;
  const c = s.call;
  if (m.asked.accept !== '' && !c) return true; // cleared by the next State if nothing came of it
  if (!c || c.muted || m.asked.mute === true || m.asked.hold === true || m.asked.end === c.id) return false;
  if (c.place === 'listening') return false;
  return c.state !== 'held' || guests(c).length > 0 || m.asked.hold === false;
}

/** Who takes part beside the caller and the agent whose call it is, but for who only listens. */
export function guests(c: Call): Party[] {
  return (c.parties ?? []).filter((p) => p.place === 'aside' || p.place === 'among');
}

/** Whom the agent consults: they have said yes. */
export function aside(c: Call): Party | undefined {
  return guests(c).find((p) => p.place === 'aside' && !p.me);
}

export const consulting = (c: Call): boolean => !c.place && aside(c) !== undefined;

/** Whether the agent whose call it is talks with whom they consult: else these hear music. */
export const apart = (c: Call): boolean => {
  const p = aside(c);
  return p !== undefined && p.state !== 'held' && (c.state === 'held' || meets(c));
};

/** Whether somebody else is with the caller, too. */
export const meets = (c: Call): boolean => guests(c).some((p) => p.place === 'among');

/** Whether the call is somebody else's: this agent is consulted, takes part, or supervises. */
export const guest = (c: Call): boolean => !!c.place;

export const supervising = (c: Call): boolean =>
  (c.parties ?? []).some((p) => p.me && p.role === 'supervisor') && guest(c);

/** What the keyboard and the buttons may do with a call. */
export function phaseOf(c: Call): 'own' | 'offering' | 'consulting' | 'guest' {
  if (guest(c)) return 'guest';
  if (consulting(c)) return 'consulting';
  return c.toward?.state === 'ringing' ? 'offering' : 'own';
}

/** Whether the offer on the screen should ring. */
export function rings(m: Model): boolean {
  const o = m.server?.offer;
  return !!o && !viewer(m) && m.asked.accept !== o.id && m.asked.decline !== o.id;
}

export type Tone = 'ready' | 'busy' | 'away' | 'trouble';

/** How the agent stands, in two words and a colour. */
export function standing(m: Model): { tone: Tone; label: string; detail: string } {
  const a = m.server?.agent;
  if (!a) return { tone: 'away', label: 'Connecting', detail: '' };
  const [chosen, reason] = fact(a.chosen, a.reason);
  const then = fact(a.next, '');
  const detail = nextOf(m) ? `then ${reasonLabel(m, then[1] || then[0])}` : a.by ? `chosen by ${a.by}` : '';
  if (a.system === 'away_idle')
    return { tone: 'trouble', label: 'Away: offers missed', detail: 'Nothing is offered to you' };
  if (m.server?.offer && !m.server.call) return { tone: 'busy', label: 'Ringing', detail };
  if (m.server?.call) return { tone: 'busy', label: 'On a call', detail };
  if (m.server?.wrapup) return { tone: 'busy', label: 'After-call work', detail };
  if (chosen === 'available') {
    if (a.busy) return { tone: 'busy', label: 'Busy', detail };
    if (a.routable) return { tone: 'ready', label: 'Available', detail };
    if (a.device.ok && digital(m).some((l) => l.load > 0))
      return { tone: 'ready', label: 'Available', detail: detail || (a.why && `No calls: ${a.why}`) };
    return { tone: 'trouble', label: 'Not reachable', detail: a.why || detail };
  }
  if (chosen === 'login_prep') return { tone: 'away', label: 'Getting ready', detail };
  return { tone: 'away', label: reason ? reasonLabel(m, reason) : chosen === 'busy' ? 'Busy' : 'Away', detail };
}

const channels: Record<string, string> = { chat: 'Chats', email: 'E-mails', voicemail: 'Voicemails' };

/** What the agent has in hand on the channels that are no calls, where there are any. */
export function digital(m: Model): (Load & { label: string })[] {
  return (m.server?.agent.loads ?? [])
    .filter((l) => l.channel !== 'voice')
    .map((l) => ({ ...l, label: channels[l.channel] ?? l.channel }));
}

/** Splits what the server says as one word or two: "away:lunch", or "away" and "lunch". */
export function fact(word: string | undefined, reason: string): [string, string] {
  const [head = '', ...tail] = (word ?? '').split(':');
  return [head, tail.join(':') || reason];
}

/** Who works here; the configuration may have changed since the login. */
export function agentName(m: Model): string {
  return m.server?.agent.name || m.session?.agent.name || m.session?.agent.id || '';
}

/** What comes after the work in hand, '' for nothing. */
export function nextOf(m: Model): string {
  const word = m.server?.agent.next ?? '';
  return word === 'none' ? '' : word;
}

/** What is in hand, each in a line of words; the talk first, what rings last. */
export function inHand(m: Model): { lease: string; what: string; where: string }[] {
  const order = ['work', 'consult', 'join', 'acw', 'offer'];
  const work = [...(m.server?.work ?? [])].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return work.map((w) => ({ lease: w.lease, what: whatOf(m, w), where: w.queueLabel }));
}

export function whatOf(m: Model, w: Work): string {
  const known = w.name || w.from;
  const spoke = m.server?.wrapup?.lease === w.lease && m.spoke.call === m.server.wrapup.call ? m.spoke.who : '';
  const who = known ? caller(w.name, w.from) : spoke;
  if (w.kind === 'acw') return who ? `After-call work: ${who}` : 'After-call work';
  const what = w.channel === 'voice' ? 'Call' : w.channel.charAt(0).toUpperCase() + w.channel.slice(1);
  if (w.kind === 'consult') return who ? `Consulted about ${who}` : 'Consulted';
  if (w.kind === 'join') return who ? `Taking part in the call with ${who}` : 'Taking part in a call';
  const words = who ? `${what} with ${who}` : what;
  return w.kind === 'offer' ? `${words} (ringing)` : words;
}

/** What the agent may be away for, now. */
export function reasons(m: Model): Choice[] {
  return m.server?.reasons ?? m.session?.reasons ?? [];
}

/** What the agent may be busy with beside the calls, now. */
export function busyReasons(m: Model): Choice[] {
  return m.server?.busyReasons ?? m.session?.busyReasons ?? [];
}

export function reasonLabel(m: Model, code: string): string {
  if (code === 'offline') return 'sign out';
  if (code === 'login') return 'Away since the login';
  const known = [...reasons(m), ...busyReasons(m)].find((r) => r.code === code)?.label;
  const plain = code.replaceAll('_', ' ');
  return known ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}
