// What the server and the console say to one another. Durations are milliseconds, relative to the moment of sending,
// so that the clocks of the two need not agree.

export interface Session {
  agent: { id: string; name: string; role?: string; device?: string }; // role: agent or supervisor; device: browser or phone
  viewer: boolean; // another tab of this agent came first: this one may only watch
  sip: SipAccount | null;
  reasons: Choice[];
  busyReasons?: Choice[];
}

export interface SipAccount {
  user: string;
  password: string;
  uri: string;
  path: string;
  expires: number | string; // see expiresIn
}

export interface Choice {
  code: string;
  label: string;
}

export interface AgentFacts {
  id: string;
  name: string;
  viewer?: boolean; // newer than the session's: the other tab may have gone
  session: string; // offline | online | lost
  chosen: string; // login_prep | available | away | busy, perhaps with :REASON
  reason: string;
  by?: string; // the supervisor who chose it
  system: string; // none | away_idle
  next: string; // none | away:REASON | busy:REASON | offline
  busy: boolean; // no slot is free, on any channel
  routable: boolean;
  why: string; // the first reason against being routable, in words
  since?: number;
  prepMs?: number | null; // what is left to get ready in after the login
  signOutMs?: number | null; // until the clock signs the agent out
  loads?: Load[]; // of calls, and of other channels that the agent's queues have seen
  device: { ok: boolean; kind: string; reason: string };
}

/** How much of a channel an agent has in hand, is offered at once, and may have with Next. */
export interface Load {
  channel: string;
  load: number;
  standard: number;
  max: number;
}

export interface Offer {
  id: string;
  call: string;
  queue: string;
  queueLabel: string;
  from: string;
  name: string;
  to: string;
  entry: string;
  waitedMs: number;
  deadlineMs: number;
  pressed: { step: string; key: string }[] | null;
  by?: string; // the agent who transferred it, or who asks
  note?: string; // theirs
  purpose?: string; // of a colleague's: transfer | consult
}

export interface Call {
  id: string;
  lease: string;
  state: 'connecting' | 'talking' | 'held' | 'lost' | 'cut';
  from: string;
  name: string;
  queue: string;
  queueLabel: string;
  talkedMs: number;
  heldMs: number;
  muted: boolean;
  recording: boolean;
  direction?: 'in' | 'out';
  far?: string; // of a call that the agent makes, while it connects: dialling | ringing | early (with sound) | up
  by?: string; // the agent who transferred it
  note?: string; // theirs, or of who consults this agent
  place?: Place; // of one whose call it is not
  owner?: string; // then the name of whose it is
  asked?: boolean; // of one who is aside: to come together with the caller
  toward?: Toward | null;
  parties?: Party[];
}

/** '' is the caller, and the agent whose call it is; aside: in private with that agent; among: with everybody. */
export type Place = '' | 'aside' | 'among' | 'whispering' | 'listening';

/** Somebody who takes part in a call. */
export interface Party {
  id: string;
  role: 'customer' | 'agent' | 'expert' | 'supervisor'; // an expert is somebody outside
  name: string;
  number: string;
  place: Place;
  state: 'connecting' | 'talking' | 'held' | 'lost'; // held: they hear music
  muted: boolean;
  asked: boolean;
  sinceMs: number;
  me: boolean;
  hears: string[]; // ids
}

export interface Wrapup {
  lease: string;
  call: string;
  queue: string;
  leftMs: number | null;
  dispositions: Choice[] | null;
  required: boolean;
}

export interface Work {
  lease: string;
  kind: string; // offer | work | consult | join | acw
  channel: string;
  queueLabel: string;
  from: string; // '' once the customer is gone, as is the name
  name: string;
  call?: string;
  since?: number; // unix ms by the server's clock
}

export interface Queue {
  name: string;
  label: string;
  waiting: number;
  oldestMs: number;
  available: number;
}

/** An agent who is logged in, to whom a call may be transferred. */
export interface Colleague {
  id: string;
  name: string;
  why: string; // why they cannot take a call now; '' when they can
  idle: boolean; // they have nothing in hand, and so may be consulted
}

/** Where a call may go. */
export interface Targets {
  queues: Target[];
  agents: Colleague[];
}

/** Whom the agent wants to give their call to, or to consult: a colleague or somebody outside. */
export interface Toward {
  agent: string;
  name: string; // of somebody outside the number
  number?: string;
  purpose: string; // transfer | consult
  state: string; // ringing; or how it ended
}

export interface Drain {
  leftMs: number;
  moves: boolean; // this page shall go to another server now
}

/** A queue to which a call may be transferred. */
export interface Target extends Queue {
  open: boolean; // within its hours
}

export interface State {
  agent: AgentFacts;
  offer: Offer | null;
  call: Call | null;
  wrapup: Wrapup | null;
  unreached?: Unreached | null; // the number that the agent called last, in vain
  queues: Queue[] | null;
  work?: Work[] | null; // everything in hand
  reasons?: Choice[] | null; // for being away; newer than the session's
  busyReasons?: Choice[] | null;
  drain?: Drain | null; // a server on which this agent depends is about to stop
  node: string;
  now: number;
}

export interface Unreached {
  call: string;
  number: string;
  cause: string;
}

/** A number that the agent may show to whom they call. */
export interface CallerID {
  number: string;
  label: string;
}

/** An interaction in a queue, and what it asks for now. */
export interface Waiting {
  interaction: string;
  queue: string;
  channel: string;
  state: string; // waiting | offered | owned | lost
  with: string; // the agent who has it or is offered it; several, with commas, where it rings for everybody
  priority: number;
  waitedMs: number;
  needs: { name: string; language: boolean; least: number }[];
  only: string[]; // nobody else may have it; empty: anybody
  relaxesMs: number | null; // until less is asked
}

/** The first reason against an offer; empty when there is none. */
export interface Objection {
  kind: string;
  words: string;
}

/** Something in one of an agent's queues, and why it is not offered to them. */
export interface NotMine extends Waiting {
  place: number;
  against: Objection;
}

export interface Explanation extends Waiting {
  from: string;
  name: string;
  strategy: string;
  candidates: {
    agent: string;
    name: string;
    against: Objection;
    mean: number;
    used: number;
    idleMs: number;
    calls: number;
  }[];
}

/** How the agents and queues of a supervisor stand. */
export interface FloorState {
  agents: FloorAgent[];
  queues: FloorQueue[];
  calls?: FloorCall[] | null; // which agents are on, or which ring
  now: number; // the server's clock, unix ms
}

export interface FloorAgent extends AgentFacts {
  queues: string[];
  work: Work[];
}

export interface FloorQueue extends Queue {
  agents: number; // logged in
  line: (Waiting & { place: number; from: string; name: string })[];
}

/** A live call, as the supervisors of its queue see it. */
export interface FloorCall {
  call: string;
  queue: string;
  queueLabel: string;
  state: string; // ringing | talking | consulting
  from: string;
  name: string;
  to: string; // the number that was dialled
  entry: string;
  since: number; // unix ms by the server's clock
  parties: FloorParty[]; // whose call it is first
}

export interface FloorParty {
  agent: string;
  name: string;
  role: string; // agent | transferred | consulted | supervisor
  state: string; // ringing | talking
  since: number;
}

/** What the calls of a supervisor's queues have come to since midnight. */
export interface Today {
  since: number; // midnight by the server's time zone, unix ms
  queues: QueueToday[];
  agents: AgentToday[];
}

export interface QueueToday {
  name: string;
  promptMs: number; // its service level
  waitedMs: number; // the mean wait of those who were answered
  tally: Tally;
  quarters: (Tally & { at: number })[]; // of an hour, in which somebody came
}

/** Callers; who is neither answered nor abandoned still waits, or went another way. */
export interface Tally {
  offered: number;
  answered: number;
  prompt: number; // answered in time
  abandoned: number;
}

export interface AgentToday {
  agent: string;
  calls: number;
  talkedMs: number;
  wrappedMs: number;
  missed: number;
}

/** A supervisor's command to somebody else, and what came of it. */
export interface Deed {
  id: string;
  at: string; // RFC 3339
  by: string;
  byName: string;
  verb: string;
  agent: string;
  agentName: string;
  call: string;
  queue: string;
  queueLabel: string;
  detail: string;
  address: string;
  result: string; // done, or why it was refused
}

export interface Interaction {
  id: string;
  from: string;
  name: string;
  to: string;
  entry: string;
  direction: string;
  path: { step: string; key: string }[];
  started: number; // unix ms
  ended: number; // unix ms, 0 while the call goes on
  queue: string; // in words, as the agent and the disposition are
  agent: string;
  cause: string;
  outcome: string; // what became of the caller in the queues
  waited: number;
  talked: number;
  held: number;
  wrapped: number;
  disposition: string;
  note: string;
  recording: boolean;
  recordingSeconds: number;
  recordingParts: RecordingPart[]; // none where one server recorded all of it
  segments: Segment[];
}

/** What one server recorded of a call that went on at another one. */
export interface RecordingPart {
  silence: number; // seconds with which it begins, for what nobody recorded
  seconds: number; // 0 while it is not finished
  there: boolean; // whether it is played now
}

export interface Segment {
  queue: string;
  agent: string;
  party: string; // the number of somebody outside, instead of an agent
  outcome: string;
  waited: number;
  talked: number;
  held: number;
  disposition: string;
  note: string;
}

export interface PhoneInfo {
  sip: { uri: string; path: string };
  numbers: { number: string; label: string }[];
}

/** Milliseconds until credentials run out: the server may say a moment (RFC 3339, unix s or ms) or a number of seconds. */
export function expiresIn(expires: number | string, now: number): number {
  const n = typeof expires === 'string' && Number.isNaN(Number(expires)) ? Date.parse(expires) : Number(expires);
  if (!Number.isFinite(n)) return 60_000;
  if (n > 1e11) return n - now;
  if (n > 1e9) return n * 1000 - now;
  return n * 1000;
}
