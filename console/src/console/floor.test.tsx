// The supervisor's floor and the answers to "why not me?", against a server whose answers are put by hand.
import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FloorAgent, FloorCall, Session, State } from '../api/types';
import { offer, session, state } from '../test/facts';
import { silence } from '../test/silence';
import { theme } from '../theme';
import { App } from './App';
import { Desk } from './desk';
import './Audit'; // so that it is there at once
import './Floor';
import { bars, byPresence, chosen, stands } from './floor';
import { next } from './model';
import { ui } from './ui';

let desk: Desk;
let answers: Record<string, unknown>;
let asked: string[];

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  asked = [];
  answers = { '/api/floor/today': { since: 0, queues: [], agents: [] } };
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(answers[path] ?? { items: [] }), { status: 200 }));
  });
  silence();
  ui.set({ ...ui.get(), dialog: '', view: 'desk', about: '' });
  desk = new Desk();
});
afterEach(() => vi.useRealTimers());

const supervisor: Session = { ...session, agent: { ...session.agent, role: 'supervisor' } };

async function signedIn(as = supervisor, part: Partial<State> = {}) {
  desk.model.set(next(desk.model.get(), { do: 'session', session: as }));
  render(
    <MantineProvider theme={theme} env="test">
      <App desk={desk} />
    </MantineProvider>,
  );
  await tell(part);
}

const tell = (part: Partial<State> = {}) =>
  act(async () => {
    desk.model.set(next(desk.model.get(), { do: 'state', state: state(part), at: performance.now() }));
    await vi.advanceTimersByTimeAsync(0);
  });
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const press = (key: string) => act(() => void fireEvent.keyDown(document.body, { key }));
const floors = () => asked.filter((p) => p === '/api/floor').length;

const waiting = {
  interaction: 'c-1',
  queue: 'sales',
  channel: 'voice',
  state: 'waiting',
  with: '',
  priority: 5,
  waitedMs: 61_000,
  needs: [{ name: 'billing', language: false, least: 50 }],
  only: [],
  relaxesMs: 20_000,
  place: 1,
};
const sales = { name: 'sales', label: 'Sales', waiting: 1, oldestMs: 61_000, available: 0 };
const sam: FloorAgent = { ...state().agent, id: 'sam', name: 'Sam', queues: ['sales'], work: [] };
const floor = {
  now: 1000,
  agents: [sam],
  queues: [{ ...sales, agents: 1, line: [{ ...waiting, from: '+49', name: 'Ann' }] }],
};

test('an agent reads why nothing comes to them, until they close it', async () => {
  answers['/api/why-not'] = { items: [{ ...waiting, against: { kind: 'skill', words: 'has no skill billing' } }] };
  const agent = { ...state().agent, routable: false, why: 'away: lunch' };
  await signedIn(session, { agent, queues: [sales] });
  act(() => screen.getByTestId('why-open').click());
  await pass(50);
  expect(screen.getByTestId('why-verdict').textContent).toBe('No call can come to you now: away: lunch.');
  expect(screen.getByTestId('why-item').textContent).toContain('Has no skill billing');
  expect(screen.getByTestId('why-item').textContent).toContain(
    'Sales, number 1 · needs billing 50 · asks for less in 20 s',
  );
  press('f');
  expect(screen.queryByTestId('floor')).toBeNull(); // an agent has no floor to see
});

test('the floor is asked for again after news, once a second at most', async () => {
  answers['/api/floor'] = floor;
  await signedIn();
  press('f');
  await pass(1500);
  expect(screen.getByTestId('floor-agent-sam-stands').textContent).toBe('Available');
  const before = floors();
  for (let n = 0; n < 10; n++) {
    await tell();
    await pass(100);
  }
  expect(floors() - before).toBeLessThanOrEqual(2);
  answers['/api/floor'] = { ...floor, agents: [{ ...sam, chosen: 'away', reason: 'lunch' }] };
  await tell();
  await pass(1500);
  expect(screen.getByTestId('floor-agent-sam-stands').textContent).toBe('Lunch');
  const quiet = floors();
  await pass(10_000);
  expect(floors()).toBe(quiet); // nothing happens: nobody asks
});

test('a click on one who waits tells who was considered, and why not', async () => {
  answers['/api/floor'] = floor;
  const none = { mean: 0, used: 0, idleMs: 0, calls: 0 };
  const candidates = [
    { agent: 'sam', name: 'Sam', against: { kind: '', words: '' }, ...none },
    { agent: 'eve', name: 'Eve', against: { kind: 'queue', words: 'is not in the queue' }, ...none },
    { agent: 'ida', name: 'Ida', against: { kind: 'capacity', words: 'busy' }, ...none, used: 1 },
  ];
  answers['/api/interactions/c-1/explanation'] = {
    ...waiting,
    from: '+49',
    name: 'Ann',
    strategy: 'longest_idle',
    candidates,
  };
  await signedIn();
  press('F');
  await pass(50);
  act(() => screen.getByTestId('floor-waiting').click());
  await pass(50);
  expect(screen.getByTestId('candidate-sam').textContent).toContain('May be offered it');
  expect(screen.getByTestId('candidate-ida').textContent).toBe('Ida1 in handBusy');
  expect(screen.queryByTestId('candidate-eve')).toBeNull();
});

test('an offer comes before the floor', async () => {
  answers['/api/floor'] = floor;
  await signedIn();
  press('f');
  await pass(50);
  expect(screen.getByTestId('floor')).toBeTruthy();
  await tell({ offer });
  expect(screen.queryByTestId('floor')).toBeNull();
  expect(screen.getByTestId('offer-accept')).toBeTruthy();
});

test('an agent stands as the first of what keeps them', () => {
  const label = (code: string) => code;
  const work = { lease: 'l', kind: 'work', channel: 'voice', queueLabel: 'Sales', from: '', name: '' };
  const rows: [Partial<FloorAgent>, string, string][] = [
    [{}, 'ready', 'Available'],
    [{ session: 'offline' }, 'gone', 'Signed out'],
    [{ session: 'lost', work: [work] }, 'trouble', 'Connection lost'],
    [{ work: [{ ...work, kind: 'acw' }, work] }, 'busy', 'On a call'],
    [{ work: [{ ...work, kind: 'acw' }] }, 'busy', 'After-call work'],
    [{ system: 'away_idle' }, 'trouble', 'Away: offers missed'],
    [{ chosen: 'away', reason: 'lunch' }, 'away', 'lunch'],
    [{ chosen: 'login_prep' }, 'away', 'Getting ready'],
    [{ routable: false, device: { ok: false, kind: 'phone', reason: 'x' } }, 'trouble', 'Not reachable'],
    [{ routable: false, why: 'cooling down for 9 s' }, 'busy', 'Available'],
  ];
  for (const [facts, tone, text] of rows)
    expect(stands({ ...sam, ...facts }, label)).toMatchObject({ tone, label: text });
  const there = { ...sam, name: 'Zoe' };
  expect([{ ...sam, session: 'offline' }, there].sort(byPresence)[0]).toBe(there);
});

test('a supervisor signs an agent out, after a question that tells what is in hand', async () => {
  const work = [{ lease: 'l', kind: 'work', channel: 'voice', queueLabel: 'Sales', from: '', name: 'Ann' }];
  answers['/api/floor'] = { ...floor, agents: [{ ...sam, work }] };
  await signedIn();
  press('f');
  await pass(50);
  act(() => screen.getByText('Sam').click());
  await pass(50);
  act(() => screen.getByTestId('agent-sign-out').click());
  expect(screen.getByTestId('agent-sure').textContent).toContain('Call with Ann');
  expect(asked).not.toContain('/api/agents/sam/logout');
  act(() => screen.getByTestId('agent-sign-out-confirm').click());
  await pass(50);
  expect(asked).toContain('/api/agents/sam/logout');
});

const elin: FloorCall = {
  call: 'c-2',
  queue: 'sales',
  queueLabel: 'Sales',
  state: 'consulting',
  from: '+46',
  name: 'Elin',
  to: '100',
  entry: 'Main',
  since: 0,
  parties: [
    { agent: 'sam', name: 'Sam', role: 'agent', state: 'talking', since: 0 },
    { agent: 'eve', name: 'Eve', role: 'consulted', state: 'talking', since: 0 },
  ],
};
const quarter = 15 * 60_000;
const tally = { offered: 5, answered: 3, prompt: 2, abandoned: 1 };

test('a queue shows its day, and a call who is on it', async () => {
  answers['/api/floor'] = { ...floor, now: 20 * quarter, calls: [elin] };
  answers['/api/floor/today'] = {
    since: 0,
    queues: [{ name: 'sales', promptMs: 20_000, waitedMs: 9000, tally, quarters: [{ at: 19 * quarter, ...tally }] }],
    agents: [{ agent: 'sam', calls: 7, talkedMs: 120_000, wrappedMs: 0, missed: 0 }],
  };
  await signedIn();
  press('f');
  await pass(50);
  expect(screen.getByTestId('floor-sales-level').textContent).toBe('50 %'); // 2 of 4
  expect(screen.getByTestId('floor-sales-answered').textContent).toBe('3');
  expect(screen.getByTestId('floor-sales-abandoned').textContent).toBe('1');
  expect(screen.getByTestId('day-chart').getAttribute('aria-label')).toContain('Sales: 5 calls since');
  expect(screen.getByTestId('floor-call-c-2').textContent).toContain('SamEveis asked');
  expect(screen.getByTestId('floor-agent-sam').textContent).toContain('72 min');
});

test('a caller is moved only when it was confirmed', async () => {
  answers['/api/floor'] = { ...floor, calls: [elin] };
  const support = { ...sales, name: 'support', label: 'Support', open: true };
  answers['/api/transfer-targets'] = { queues: [{ ...sales, open: true }, support], agents: [] };
  await signedIn();
  press('f');
  await pass(50);
  act(() => screen.getByTestId('floor-call-c-2-move').click());
  await pass(50);
  expect(screen.queryByTestId('move-sales')).toBeNull(); // they are there
  const confirm = () => screen.getByTestId('move-confirm') as HTMLButtonElement;
  expect(confirm().disabled).toBe(true);
  act(() => screen.getByTestId('move-support').click());
  expect(confirm().textContent).toBe('Move to Support');
  expect(asked).not.toContain('/api/interactions/c-2/move');
  act(() => confirm().click());
  await pass(50);
  expect(asked).toContain('/api/interactions/c-2/move');
});

test('one who waits is assigned only when it was confirmed', async () => {
  answers['/api/floor'] = floor;
  const eve = {
    agent: 'eve',
    name: 'Eve',
    against: { kind: 'skill', words: 'has no skill' },
    mean: 0,
    used: 0,
    idleMs: 0,
    calls: 0,
  };
  answers['/api/interactions/c-1/explanation'] = {
    ...waiting,
    from: '+49',
    name: 'Ann',
    strategy: 'linear',
    candidates: [eve],
  };
  await signedIn();
  press('f');
  await pass(50);
  act(() => screen.getByTestId('floor-waiting').click());
  await pass(50);
  act(() => screen.getByTestId('assign-eve').click());
  expect(asked).not.toContain('/api/interactions/c-1/assign');
  act(() => screen.getByTestId('assign-eve-confirm').click());
  await pass(50);
  expect(asked).toContain('/api/interactions/c-1/assign');
});

test('the audit is asked for what is chosen', async () => {
  const deed = {
    id: '1',
    at: '2026-11-28T06:00:00Z',
    by: 'sam',
    byName: 'Sam',
    verb: 'sign_out',
    agent: 'eve',
    agentName: 'Eve',
  };
  const rest = { call: '', queue: '', queueLabel: '', detail: '', address: '10.0.0.7' };
  answers['/api/audit?limit=50'] = {
    items: [
      { ...deed, ...rest, result: 'done' },
      { ...deed, ...rest, id: '2', result: 'not_found' },
    ],
  };
  await signedIn();
  act(() => ui.set({ ...ui.get(), view: 'audit' }));
  await pass(300);
  const rows = screen.getAllByTestId('audit-row').map((r) => r.textContent);
  expect(rows[0]).toContain('SamSigned out Eve10.0.0.7Done');
  expect(rows[1]).toContain('Refused: not found');
  fireEvent.change(screen.getByTestId('audit-agent'), { target: { value: 'eve' } });
  await pass(50);
  expect(asked).toContain('/api/audit?agent=eve&limit=50');
});

test('agents are found by letters and tones, and sorted', () => {
  const label = (code: string) => code;
  const all = ['ann', 'bob', 'cid'].map((id) => ({
    ...sam,
    id,
    name: id.toUpperCase(),
    routable: id !== 'bob',
    since: id.charCodeAt(0),
  }));
  const today = new Map([['cid', { agent: 'cid', calls: 3, talkedMs: 1, wrappedMs: 0, missed: 0 }]]);
  const ids = (want: Partial<Parameters<typeof chosen>[2]>) =>
    chosen(all, label, { filter: '', tone: '', column: 'name', up: false, ...want }, today).map((a) => a.id);
  expect(ids({})).toEqual(['ann', 'bob', 'cid']);
  expect(ids({ up: true })).toEqual(['cid', 'bob', 'ann']);
  expect(ids({ column: 'calls' })[0]).toBe('cid');
  expect(ids({ filter: 'BO bob' })).toEqual(['bob']);
  expect(ids({ filter: 'nobody' })).toEqual([]);
  expect(ids({ tone: 'ready' })).toEqual(['ann', 'cid']);
});

test('the day is told by quarters, twelve hours at most, with the service level so far', () => {
  const none = { offered: 0, answered: 0, prompt: 0, abandoned: 0 };
  const day = bars(
    [
      { at: 0, ...tally },
      { at: 60 * quarter, ...none, offered: 2, answered: 1, prompt: 1 },
    ],
    60 * quarter + 5,
  );
  expect(day.length).toBe(48);
  expect(day[0]!.level).toBe(50);
  expect(day.at(-1)).toEqual({ at: 60 * quarter, prompt: 1, late: 0, abandoned: 0, other: 1, level: 60 });
  expect(bars([], 60 * quarter).map((b) => b.level)).toEqual(Array(8).fill(null));
});
