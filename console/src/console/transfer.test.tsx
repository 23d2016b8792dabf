// The chooser of a transfer, and what is seen of one that rings at a colleague's.
import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cleanup } from '@testing-library/react';
import type { Call, Toward } from '../api/types';
import { call, session, state } from '../test/facts';
import { theme } from '../theme';
import { App } from './App';
import { Desk } from './desk';
import { next } from './model';
import { ui } from './ui';

const queue = { waiting: 0, oldestMs: 0, available: 2, open: true };
const targets = {
  queues: [
    { ...queue, name: 'sales', label: 'Sales' },
    { ...queue, name: 'night', label: 'Night desk', open: false },
  ],
  agents: [
    { id: 'sam', name: 'Sam', why: '' },
    { id: 'eve', name: 'Eve', why: 'busy' },
  ],
};
const toward: Toward = { agent: 'sam', name: 'Sam', purpose: 'transfer', state: 'ringing' };
let desk: Desk;
let asked: [string, unknown][];

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path === '/api/transfer-targets') return Promise.resolve(new Response(JSON.stringify(targets)));
    if (init.method === 'POST') asked.push([path, JSON.parse(init.body as string)]);
    return Promise.resolve(new Response('{"items":[]}'));
  });
  ui.set({ ...ui.get(), dialog: '', keypad: false });
  desk = new Desk();
  desk.model.set(next(desk.model.get(), { do: 'session', session }));
  tell(call);
  render(
    <MantineProvider theme={theme} env="test">
      <App desk={desk} />
    </MantineProvider>,
  );
});

afterEach(cleanup);

function tell(now: Call) {
  act(() =>
    desk.model.set(next(desk.model.get(), { do: 'state', state: state({ call: now }), at: performance.now() })),
  );
}

const key = (name: string, on: Element = document.body) => fireEvent.keyDown(on, { key: name, code: name });

test('queues and colleagues are found by some letters, and those who cannot take it say why', async () => {
  key('t');
  const field = await screen.findByTestId('transfer-to');
  fireEvent.click(field);
  const option = await screen.findByText('Sam (available)');
  expect(screen.getByText('Sales (nobody waits, 2 free)')).toBeTruthy();
  for (const name of ['Night desk (closed)', 'Eve (busy)'])
    expect(screen.getByText(name).closest('[data-combobox-disabled]')).toBeTruthy();
  fireEvent.click(option);
  fireEvent.change(screen.getByTestId('transfer-note'), { target: { value: 'wants a refund' } });
  await act(async () => void fireEvent.click(screen.getByTestId('transfer-confirm')));
  expect(asked).toEqual([['/api/calls/c-1/transfer', { agent: 'sam', note: 'wants a refund' }]]);
  expect(ui.get().dialog).toBe('');
});

test('what rings at a colleague’s may be taken back, by the same key', async () => {
  tell({ ...call, state: 'held', toward });
  expect(screen.getByTestId('call-toward').textContent).toMatch(/rings at Sam’s.*yours until Sam accepts/);
  expect(screen.queryByTestId('call-transfer')).toBeNull();
  await act(async () => void key('t'));
  expect(ui.get().dialog).toBe('');
  await act(async () => void fireEvent.click(screen.getByTestId('call-take-back')));
  expect(asked.map(([path]) => path)).toEqual(['/api/calls/c-1/take-back', '/api/calls/c-1/take-back']);
});

test.each([
  ['declined', /Sam declined/],
  ['missed', /Sam did not answer/],
  ['device_failed', /no longer at Sam’s/],
])('how it ended is told: %s', (how, words) => {
  tell({ ...call, toward: { ...toward, state: how } });
  expect(screen.getByTestId('call-toward').textContent).toMatch(words);
  expect(screen.getByTestId('call-transfer')).toBeTruthy();
});
