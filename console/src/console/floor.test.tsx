// The supervisor's floor and the answers to "why not me?", against a server whose answers are put by hand.
import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FloorAgent, Session, State } from '../api/types';
import { offer, session, state } from '../test/facts';
import { silence } from '../test/silence';
import { theme } from '../theme';
import { App } from './App';
import { Desk } from './desk';
import './Floor'; // so that it is there at once
import { byPresence, stands } from './floor';
import { next } from './model';
import { ui } from './ui';

let desk: Desk;
let answers: Record<string, unknown>;
let asked: string[];

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  asked = [];
  answers = {};
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
