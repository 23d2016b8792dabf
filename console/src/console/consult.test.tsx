// Asking a colleague while the caller is on hold, from both sides.
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Call, Toward } from '../api/types';
import { call, offer } from '../test/facts';
import { asked, inCall, key, tell } from '../test/inCall';
import { ui } from './ui';

const toward: Toward = { agent: 'sam', name: 'Sam', purpose: 'consult', state: 'talking' };
const inPrivate: Call = { ...call, state: 'held', toward };
const withCaller: Call = { ...call, toward };
const forMaria: Call = { ...call, by: 'Maria', note: 'a refund?', purpose: 'consult' };
const paths = () => asked().map(([path]) => path.replace('/api/calls/c-1/', ''));
const press = async (k: string) => act(async () => void key(k));

beforeEach(inCall);
afterEach(cleanup);

test('only who has nothing in hand can be asked, and everybody else says why', async () => {
  key('c');
  fireEvent.click(await screen.findByTestId('transfer-to'));
  const option = await screen.findByText('Sam (available)');
  for (const name of ['Liv (has something in hand)', 'Eve (busy)'])
    expect(screen.getByText(name).closest('[data-combobox-disabled]')).toBeTruthy();
  expect(screen.queryByText(/Sales/)).toBeNull();
  fireEvent.click(option);
  fireEvent.change(screen.getByTestId('transfer-note'), { target: { value: 'a refund?' } });
  await act(async () => void fireEvent.click(screen.getByTestId('transfer-confirm')));
  expect(asked()).toEqual([['/api/calls/c-1/consult', { agent: 'sam', note: 'a refund?' }]]);
  expect(ui.get().dialog).toBe('');
});

test('while it rings the caller can be taken back, and the colleague be asked no longer', async () => {
  tell({ ...inPrivate, toward: { ...toward, state: 'ringing' } });
  expect(screen.getByTestId('call-toward').textContent).toMatch(/rings at Sam’s.*yours/);
  for (const k of ['h', 't', 'c']) await press(k);
  await act(async () => void fireEvent.click(screen.getByTestId('call-take-back')));
  expect(paths()).toEqual(['resume', 'take-back', 'take-back']); // T is of a transfer
  expect(screen.queryByTestId('call-consult')).toBeNull();
});

test.each<[string, Call, string]>([
  ['in private', inPrivate, 'Caller on hold · talking with Sam'],
  ['in private, muted', { ...inPrivate, muted: true }, 'Caller on hold · talking with Sam, muted'],
  ['with the caller', withCaller, 'Talking with Amira · Sam on hold'],
  ['before the sound', { ...inPrivate, toward: { ...toward, state: 'connecting' } }, 'Caller on hold · connecting Sam'],
  ['without his sound', { ...inPrivate, toward: { ...toward, state: 'lost' } }, 'Caller on hold · waiting for Sam'],
  ['asked, in private', forMaria, 'Talking with Maria about Amira'],
  ['asked, and waiting', { ...forMaria, state: 'held' }, 'On hold · Maria talks with Amira'],
])('who is with whom is always seen: %s', (_, now, words) => {
  tell(now);
  expect(screen.getByTestId('call-state').textContent?.trim()).toBe(words);
});

test('keys and buttons swap, hand over, and end it', async () => {
  tell(inPrivate);
  expect(screen.getByTestId('call-swap').textContent).toMatch(/Swap to caller/);
  await press('h');
  tell(withCaller);
  expect(screen.getByTestId('call-swap').textContent).toMatch(/Swap to Sam/);
  for (const id of ['call-hold', 'call-transfer', 'call-consult', 'call-keypad'])
    expect(screen.queryByTestId(id)).toBeNull();
  await act(async () => void fireEvent.click(screen.getByTestId('call-swap')));
  await press('c');
  await act(async () => void fireEvent.click(screen.getByTestId('call-end-consult')));
  await press('t');
  await press('t'); // once is enough
  expect(paths()).toEqual(['swap', 'swap', 'take-back', 'take-back', 'complete']);
  expect(ui.get().dialog).toBe('');
});

test('nobody is handed to one whose sound is lost', () => {
  tell({ ...inPrivate, toward: { ...toward, state: 'lost' } });
  expect(screen.getByTestId<HTMLButtonElement>('call-complete').disabled).toBe(true);
});

test.each([
  ['declined', /Sam declined/],
  ['left', /Sam has left. The caller is yours/],
  ['gone', /not there any more/],
  ['withdrawn', /not asked any more/],
])('how it ended is told: %s', (how, words) => {
  tell({ ...call, toward: { ...toward, state: how } });
  expect(screen.getByTestId('call-toward').textContent).toMatch(words);
  expect(screen.getByTestId('call-consult')).toBeTruthy();
});

test('who is asked sees by whom and about whom, and can mute and leave', async () => {
  tell(null, { offer: { ...offer, by: 'Maria', note: 'a refund?', purpose: 'consult' } });
  expect(screen.getByTestId('offer-kind').textContent).toBe('Maria asks you about');
  expect(screen.getByTestId('offer-caller').textContent).toBe('Amira');
  expect(screen.getByTestId('transferred-note').textContent).toBe('a refund?');
  expect(document.title).toMatch(/^Maria asks you/);
  tell(forMaria);
  expect(screen.getByText('Asked by').nextSibling?.textContent).toBe('Maria');
  for (const k of ['h', 't', 'c', 'k']) await press(k);
  expect(asked()).toEqual([]);
  expect(ui.get()).toMatchObject({ dialog: '', keypad: false });
  await press('m');
  await press('e');
  expect(screen.getByTestId('end-dialog').textContent).toMatch(/Maria goes on with Amira/);
  await act(async () => void fireEvent.click(screen.getByTestId('end-confirm')));
  expect(paths()).toEqual(['mute', 'end']);
  tell({ ...call, by: 'Maria' }); // and now it is theirs
  expect(screen.getByTestId('call-hold')).toBeTruthy();
});

test('the end says what becomes of the others', async () => {
  tell(inPrivate);
  await press('e');
  expect(screen.getByTestId('end-dialog').textContent).toMatch(/Amira is on hold, and will be Sam’s/);
  tell(withCaller);
  expect(screen.getByTestId('end-dialog').textContent).toMatch(/Amira and Sam will be disconnected/);
});

test('an offer to be asked that is over says so', () => {
  tell(null, { offer: { ...offer, by: 'Maria', purpose: 'consult' } });
  tell(null);
  expect(screen.getByTestId('notice-info').textContent).toMatch(/Maria asks no longer/);
});
