// Asking a colleague while the caller is on hold, from both sides.
import { act, cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Call, Party, Toward } from '../api/types';
import { call, offer } from '../test/facts';
import { asked, inCall, key, tell } from '../test/inCall';
import { ui } from './ui';

const toward: Toward = { agent: 'sam', name: 'Sam', purpose: 'consult', state: 'ringing' };
const somebody: Party = {
  id: 'l-1',
  role: 'customer',
  name: 'Amira',
  number: '+33123',
  place: '',
  state: 'talking',
  muted: false,
  asked: false,
  sinceMs: 0,
  me: false,
  hears: [],
};
const maria: Party = { ...somebody, id: 'maria', role: 'agent', name: 'Maria', number: '', me: true };
const sam: Party = { ...somebody, id: 'sam', role: 'agent', name: 'Sam', number: '', place: 'aside', hears: ['maria'] };
const expert: Party = { ...somebody, id: 'l-9', role: 'expert', name: '', number: '+44555', place: 'among' };
const between = (state: Call['state'], it: Partial<Party> = {}): Call => ({
  ...call,
  state,
  parties: [somebody, maria, { ...sam, ...it }],
});
const inPrivate = between('held');
const withCaller = between('talking', { state: 'held', hears: [] });
const together = between('talking', { place: 'among', hears: ['l-1', 'maria'] });
const forMaria: Call = { ...call, place: 'aside', owner: 'Maria', note: 'a refund?' };
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
  tell({ ...call, state: 'held', toward });
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
  ['before the sound', between('held', { state: 'connecting' }), 'Caller on hold · connecting Sam'],
  ['without his sound', between('held', { state: 'lost' }), 'Caller on hold · waiting for Sam'],
  ['in a conference', together, 'In a conference'],
  ['in one, as a guest', { ...together, place: 'among', owner: 'Maria' }, 'In a conference with Maria and Amira'],
  ['listening', { ...call, place: 'listening', owner: 'Maria' }, 'Listening to Maria and Amira'],
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
  tell(between('held', { state: 'lost' }));
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

test('whom is consulted is brought together with the caller, and says yes first', async () => {
  tell(inPrivate);
  await press('j');
  await act(async () => void fireEvent.click(screen.getByTestId('call-merge')));
  tell({ ...forMaria, asked: true });
  expect(screen.getByTestId('call-asked').textContent).toBe('Maria wants to bring you together with Amira.');
  await press('j');
  await act(async () => void fireEvent.click(screen.getByTestId('call-meet')));
  expect(paths()).toEqual(['merge', 'merge', 'meet', 'meet']);
});

test('in a conference each is seen with whom they hear, and can be muted, dropped, or given the caller', async () => {
  tell({
    ...together,
    parties: [...(together.parties ?? []), { ...expert, muted: true, hears: ['l-1', 'maria', 'sam'] }],
  });
  expect(screen.getByTestId('party-sam-how').textContent).toBe('hears Amira and you');
  expect(screen.getByTestId('party-l-9-how').textContent).toBe('hears Amira, you and Sam');
  for (const name of ['Mute Sam', 'Let +44555 be heard', 'Hand the caller over to +44555', 'Drop Sam'])
    await act(async () => void fireEvent.click(screen.getByLabelText(name)));
  expect(paths()).toEqual(['parties/sam/mute', 'parties/l-9/unmute', 'parties/l-9/complete', 'parties/sam/drop']);
  expect(screen.queryByLabelText(/(Mute|Drop) Amira/)).toBeNull();
  await press('e');
  expect(screen.getByTestId('end-dialog').textContent).toMatch(/Leave this call\?.*Sam goes on with Amira/);
});

test('a number can be asked, too, and why it cannot be reached is told', async () => {
  key('c');
  const to = await screen.findByTestId('transfer-to');
  fireEvent.click(to);
  fireEvent.change(to, { target: { value: '+44 (20) 555-01' } });
  fireEvent.click(await screen.findByText('+44 (20) 555-01'));
  await act(async () => void fireEvent.click(screen.getByTestId('transfer-confirm')));
  expect(asked()).toEqual([['/api/calls/c-1/consult', { number: '+442055501', note: '' }]]);
  tell({ ...call, toward: { ...toward, agent: '', name: '+44', number: '+44', state: 'busy' } });
  expect(screen.getByTestId('call-toward').textContent).toBe('+44: busy. The caller is yours.');
});

test('a supervisor listens, whispers, joins and takes over, each by its key', async () => {
  const ines: Party = { ...maria, id: 'ines', role: 'supervisor', name: 'Ines', place: 'listening' };
  tell({ ...call, place: 'listening', owner: 'Maria', parties: [somebody, { ...maria, me: false }, ines] });
  expect(screen.getByTestId('call-listen').getAttribute('aria-pressed')).toBe('true');
  for (const k of ['l', 'p', 'j', 'o', 'h', 't', 'c']) await press(k);
  expect(paths()).toEqual(['listen', 'whisper', 'barge', 'take-over']);
});
