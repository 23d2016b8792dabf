import { describe, expect, test } from 'vitest';
import type { State, Party } from '../api/types';
import { call, offer, session, state, wrapup } from '../test/facts';
import {
  agentName,
  fact,
  micOpen,
  next,
  reasonLabel,
  reasons,
  rings,
  standing,
  start,
  type Action,
  type Model,
} from './model';

const toward = { agent: 'sam', name: 'Sam', purpose: 'consult', state: 'ringing' };
const parties: Party[] = [
  {
    id: 'sam',
    role: 'agent',
    name: 'Sam',
    number: '',
    place: 'aside',
    state: 'talking',
    muted: false,
    asked: false,
    sinceMs: 0,
    me: false,
    hears: ['maria'],
  },
];
const signedIn = run(start, { do: 'session', session });

function run(m: Model, ...actions: Action[]): Model {
  return actions.reduce(next, m);
}

function arrives(part: Partial<State>, at = 0): Action {
  return { do: 'state', state: state(part), at };
}

const ask = (asked: Partial<Model['asked']>): Action => ({ do: 'ask', asked });

describe('the microphone', () => {
  test.each<[string, Action[], boolean]>([
    ['is closed with nothing to do', [arrives({})], false],
    ['is closed while an offer rings', [arrives({ offer })], false],
    ['opens at the very accept', [arrives({ offer }), ask({ accept: 'o-1' })], true],
    [
      'closes again when the accept is refused',
      [arrives({ offer }), ask({ accept: 'o-1' }), ask({ accept: '' })],
      false,
    ],
    ['closes when the caller left during the accept', [arrives({ offer }), ask({ accept: 'o-1' }), arrives({})], false],
    [
      'an old accept does not open it for the next offer',
      [arrives({ offer }), ask({ accept: 'o-1' }), arrives({ offer: { ...offer, id: 'o-2' } })],
      false,
    ],
    ['is open in a talk', [arrives({ call })], true],
    ['is open while audio comes up', [arrives({ call: { ...call, state: 'connecting' } })], true],
    ['is closed when muted by the server', [arrives({ call: { ...call, muted: true } })], false],
    ['closes at once when mute is asked for', [arrives({ call }), ask({ mute: true })], false],
    [
      'stays closed until the server has unmuted',
      [arrives({ call: { ...call, muted: true } }), ask({ mute: false })],
      false,
    ],
    ['closes at once when hold is asked for', [arrives({ call }), ask({ hold: true })], false],
    ['is closed on hold', [arrives({ call: { ...call, state: 'held' } })], false],
    [
      'opens at once when resume is asked for',
      [arrives({ call: { ...call, state: 'held' } }), ask({ hold: false })],
      true,
    ],
    [
      'stays muted over a resume',
      [arrives({ call: { ...call, state: 'held', muted: true } }), ask({ hold: false })],
      false,
    ],
    [
      'is open on hold for a colleague who is consulted',
      [arrives({ call: { ...call, state: 'held', parties } })],
      true,
    ],
    ['is closed for who only listens', [arrives({ call: { ...call, place: 'listening' } })], false],
    ['is closed while it rings there', [arrives({ call: { ...call, state: 'held', toward } })], false],
    ['closes when the end is asked for', [arrives({ call }), ask({ end: 'c-1' })], false],
    ['is closed in after-call work', [arrives({ call }), arrives({ wrapup })], false],
    ['stays open when the connection to the server is lost', [arrives({ call }), { do: 'link', link: 'lost' }], true],
  ])('%s', (_, actions, want) => expect(micOpen(run(signedIn, ...actions))).toBe(want));

  test('is never open in a tab that only watches', () => {
    const viewer = run(start, { do: 'session', session: { ...session, viewer: true } }, arrives({ call }));
    expect(micOpen(viewer)).toBe(false);
  });
});

describe('what was asked', () => {
  test('is forgotten once the server says so', () => {
    const m = run(signedIn, arrives({ call }), ask({ mute: true, hold: true }));
    expect(run(m, arrives({ call: { ...call, muted: true } })).asked).toMatchObject({ mute: null, hold: true });
    expect(run(m, arrives({ call: { ...call, muted: true, state: 'held' } })).asked).toMatchObject({
      mute: null,
      hold: null,
    });
    expect(run(m, arrives({})).asked).toMatchObject({ mute: null, hold: null });
  });
  test('stays while the server has not followed', () => {
    const m = run(signedIn, arrives({ call }), ask({ mute: true }), arrives({ call: { ...call, talkedMs: 6000 } }));
    expect(m.asked.mute).toBe(true);
  });
});

describe('an offer', () => {
  test('rings until it is answered or declined', () => {
    const m = run(signedIn, arrives({ offer }));
    expect(rings(m)).toBe(true);
    expect(rings(run(m, ask({ accept: 'o-1' })))).toBe(false);
    expect(rings(run(m, ask({ decline: 'o-1' })))).toBe(false);
    expect(rings(run(m, arrives({})))).toBe(false);
  });
  test('keeps its whole time while the rest runs down', () => {
    const m = run(signedIn, arrives({ offer }), arrives({ offer: { ...offer, deadlineMs: 9000 } }, 11_000));
    expect(m.offerTotal).toBe(20_000);
    expect(run(m, arrives({ offer: { ...offer, id: 'o-2', deadlineMs: 15_000 } })).offerTotal).toBe(15_000);
  });
  test.each<[string, Action[], RegExp | null]>([
    ['served: nothing to say', [arrives({ call })], null],
    ['declined by the agent: nothing to say', [ask({ decline: 'o-1' }), arrives({})], null],
    ['run out: missed', [arrives({}, 19_900)], /^Missed: Amira/],
    ['gone early: hung up or elsewhere', [arrives({}, 4000)], /no longer waiting/],
    ['gone during the accept', [ask({ accept: 'o-1' }), arrives({}, 4000)], /gone before you were connected/],
  ])('that is over, %s', (_, actions, want) => {
    const m = run(signedIn, arrives({ offer }, 0), ...actions);
    if (want === null) expect(m.notices).toEqual([]);
    else expect(m.notices.map((n) => n.text).join()).toMatch(want);
  });
});

test('a repeated notice moves to the end instead of piling up, and four are enough', () => {
  const say = (text: string): Action => ({ do: 'notice', kind: 'problem', text });
  const m = run(signedIn, say('a'), say('b'), say('a'), say('c'), say('d'), say('e'));
  expect(m.notices.map((n) => n.text)).toEqual(['a', 'c', 'd', 'e']);
  const first = m.notices[0]?.id ?? 0;
  expect(run(m, { do: 'dismiss', id: first }).notices).toHaveLength(3);
});

test('signing out leaves nothing of the session', () => {
  const m = run(signedIn, arrives({ call }), { do: 'signedOut', text: 'Sign in again.' });
  expect(m).toMatchObject({ phase: 'signedOut', session: null, server: null });
  expect(m.notices[0]?.text).toBe('Sign in again.');
});

test('a server that is away for a moment does not throw out who is signed in', () => {
  expect(run(signedIn, { do: 'unreachable' }).phase).toBe('signedIn');
  expect(run(start, { do: 'unreachable' }).phase).toBe('unreachable');
});

describe('how the agent stands', () => {
  const agent = state().agent;
  test.each<[string, Partial<State>, string, string]>([
    ['routable', {}, 'ready', 'Available'],
    ['offer', { offer }, 'busy', 'Ringing'],
    ['talking', { call }, 'busy', 'On a call'],
    ['wrapping up', { wrapup }, 'busy', 'After-call work'],
    ['device broken', { agent: { ...agent, routable: false, why: 'no microphone' } }, 'trouble', 'Not reachable'],
    ['lunch in two fields', { agent: { ...agent, chosen: 'away', reason: 'lunch' } }, 'away', 'Lunch'],
    ['lunch in one word', { agent: { ...agent, chosen: 'away:lunch' } }, 'away', 'Lunch'],
    ['away', { agent: { ...agent, chosen: 'away' } }, 'away', 'Away'],
    ['missed calls', { agent: { ...agent, system: 'away_idle' } }, 'trouble', 'Away: offers missed'],
    ['just logged in', { agent: { ...agent, chosen: 'login_prep' } }, 'away', 'Getting ready'],
  ])('%s', (_, part, tone, label) => expect(standing(run(signedIn, arrives(part)))).toMatchObject({ tone, label }));

  test('a break after this is told beside it', () => {
    const m = run(signedIn, arrives({ call, agent: { ...agent, next: 'away:lunch' } }));
    expect(standing(m)).toMatchObject({ label: 'On a call', detail: 'then Lunch' });
  });
  test('what the device lacks is told', () => {
    const m = run(signedIn, arrives({ agent: { ...agent, routable: false, why: 'the microphone was unplugged' } }));
    expect(standing(m).detail).toBe('the microphone was unplugged');
  });
});

test('facts come as one word or as two', () => {
  expect(fact('away:lunch', '')).toEqual(['away', 'lunch']);
  expect(fact('away', 'lunch')).toEqual(['away', 'lunch']);
  expect(fact(undefined, '')).toEqual(['', '']);
});

test('a reload of the configuration renames agents and reasons while they work', () => {
  const before = run(signedIn, arrives({}));
  expect(agentName(before)).toBe('Maria');
  expect(reasons(before)).toEqual(session.reasons);
  const after = run(
    before,
    arrives({ agent: { ...state().agent, name: 'Maria G.' }, reasons: [{ code: 'tea', label: 'Tea' }] }),
  );
  expect(agentName(after)).toBe('Maria G.');
  expect(reasons(after)).toEqual([{ code: 'tea', label: 'Tea' }]);
  expect(reasonLabel(after, 'tea')).toBe('Tea');
  expect(agentName(signedIn)).toBe('Maria'); // before the first word of the server
});
