// The chooser of a transfer, and what is seen of one that rings at a colleague's.
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Toward } from '../api/types';
import { asked, inCall, key, tell } from '../test/inCall';
import { call } from '../test/facts';
import { ui } from './ui';

const toward: Toward = { agent: 'sam', name: 'Sam', purpose: 'transfer', state: 'ringing' };

beforeEach(inCall);
afterEach(cleanup);

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
  expect(asked()).toEqual([['/api/calls/c-1/transfer', { agent: 'sam', note: 'wants a refund' }]]);
  expect(ui.get().dialog).toBe('');
});

test('what rings at a colleague’s may be taken back, by the same key', async () => {
  tell({ ...call, state: 'held', toward });
  expect(screen.getByTestId('call-toward').textContent).toMatch(/rings at Sam’s.*yours until Sam accepts/);
  expect(screen.queryByTestId('call-transfer')).toBeNull();
  await act(async () => void key('t'));
  expect(ui.get().dialog).toBe('');
  await act(async () => void fireEvent.click(screen.getByTestId('call-take-back')));
  expect(asked().map(([path]) => path)).toEqual(['/api/calls/c-1/take-back', '/api/calls/c-1/take-back']);
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
