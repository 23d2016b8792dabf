// The screen against a desk whose verbs are counted: what is shown, and what keys and clicks ask for.
import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import type { State } from '../api/types';
import { store } from '../lib/store';
import type { Line, LineState } from '../voice/line';
import { call, offer, session, state, wrapup } from '../test/facts';
import { silence } from '../test/silence';
import { theme } from '../theme';
import { App } from './App';
import { Desk } from './desk';
import { next } from './model';
import { ui } from './ui';

let desk: Desk;

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"items":[]}', { status: 200 })));
  silence();
  sessionStorage.clear();
  ui.set({
    dialog: '',
    view: 'desk',
    about: '',
    leaving: { chosen: 'away', reason: '' },
    keypad: false,
    pick: 0,
    submit: 0,
  });
  desk = new Desk();
  for (const verb of ['accept', 'decline', 'mute', 'hold', 'end', 'submit'] as const)
    vi.spyOn(desk, verb).mockResolvedValue(true as never);
  vi.spyOn(desk, 'digits').mockReturnValue();
  desk.model.set(next(desk.model.get(), { do: 'session', session }));
});

function tell(part: Partial<State>) {
  act(() => desk.model.set(next(desk.model.get(), { do: 'state', state: state(part), at: performance.now() })));
}

function show(part: Partial<State>) {
  render(
    <MantineProvider theme={theme} env="test">
      <App desk={desk} />
    </MantineProvider>,
  );
  tell(part);
}

const press = (key: string, target: Element = document.body) => act(() => void fireEvent.keyDown(target, { key }));

test('an offer says who, where, how long, what was pressed, and takes the focus', () => {
  vi.spyOn(performance, 'now').mockReturnValue(1000);
  show({ offer });
  expect(screen.getByTestId('offer-caller').textContent).toBe('Amira');
  expect(screen.getByTestId('offer-number').textContent).toBe('+4930');
  expect(screen.getByTestId('offer-queue').textContent).toBe('Support');
  expect(screen.getByTestId('offer-waited').textContent).toBe('47 s');
  expect(screen.getByTestId('offer-pressed').textContent).toBe('2 at main menu');
  expect(document.activeElement).toBe(screen.getByTestId('offer-accept'));
  press('a');
  expect(desk.accept).toHaveBeenCalledOnce();
  press('Escape');
  expect(desk.decline).toHaveBeenCalledOnce();
});

test('an offer does not pull somebody out of a note, nor does the note answer it', async () => {
  show({ wrapup });
  const note = screen.getByTestId('wrapup-note');
  note.focus();
  tell({ wrapup, offer });
  expect(document.activeElement).toBe(note);
  for (const key of ['a', 'd', 'Enter', 'Escape']) press(key, note);
  expect(desk.accept).not.toHaveBeenCalled();
  expect(desk.decline).not.toHaveBeenCalled();
});

test('an agent with a desk phone is told to pick it up', () => {
  show({ offer, agent: { ...state().agent, device: { ok: true, kind: 'phone', reason: '' } } });
  expect(screen.queryByTestId('offer-accept')).toBeNull();
  expect(screen.getByText('Pick up your desk phone to answer.')).toBeTruthy();
});

test('talking goes by keys, and the end asks first', async () => {
  show({ call });
  press('m');
  press('h');
  press('5');
  expect(desk.digits).not.toHaveBeenCalled();
  press('k');
  press('5');
  press('k');
  press('e');
  expect(desk.mute).toHaveBeenCalledOnce();
  expect(desk.hold).toHaveBeenCalledOnce();
  expect(desk.digits).toHaveBeenCalledExactlyOnceWith('5');
  expect(desk.end).not.toHaveBeenCalled();
  act(() => screen.getByTestId('end-confirm').click());
  expect(desk.end).toHaveBeenCalledOnce();
});

test('the state shown is the one the server told', () => {
  show({ call });
  expect(screen.getByTestId('call-state').textContent).toMatch(/Talking/);
  tell({ call: { ...call, state: 'held', talkedMs: 60_000, heldMs: 5000 } });
  expect(screen.getByTestId('call-state').textContent).toMatch(/On hold/);
  expect(screen.getByTestId('call-hold').textContent).toMatch(/Resume/);
  expect(screen.getByTestId('call-timer').textContent).toBe('1:05');
  expect(screen.getByTestId('call-held-timer').textContent).toBe('on hold 0:05');
});

test('an agent whose caller’s server died is told so, and can end the call', () => {
  show({ call: { ...call, state: 'cut', talkedMs: 0 } });
  expect(screen.getByTestId('call-state').textContent).toMatch(/Cut off/);
  expect(screen.getByTestId('call-cut').textContent).toMatch(/The caller hears nothing/);
  expect(screen.queryByTestId('call-timer')).toBeNull();
  press('e');
  act(() => screen.getByTestId('end-confirm').click());
  expect(desk.end).toHaveBeenCalledOnce();
});

test('after-call work wants its disposition when that is required', () => {
  show({ wrapup });
  const done = screen.getByTestId('wrapup-submit');
  act(() => done.click());
  expect(desk.submit).not.toHaveBeenCalled();
  expect(screen.getByText('Choose how the call went first.')).toBeTruthy();
  press('2');
  fireEvent.change(screen.getByTestId('wrapup-note'), { target: { value: ' called twice ' } });
  act(() => void fireEvent.keyDown(screen.getByTestId('wrapup-note'), { key: 'Enter', ctrlKey: true }));
  expect(desk.submit).toHaveBeenCalledExactlyOnceWith('spam', 'called twice');
});

test('what is half written outlives a reload, and is sent before the time is over', () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  show({ wrapup: { ...wrapup, leftMs: 30_000 } });
  fireEvent.change(screen.getByTestId('wrapup-note'), { target: { value: 'call back on Monday' } });
  cleanup();
  show({ wrapup: { ...wrapup, leftMs: 20_000 } });
  expect(screen.getByTestId<HTMLTextAreaElement>('wrapup-note').value).toBe('call back on Monday');
  act(() => void vi.advanceTimersByTime(18_000));
  expect(desk.submit).not.toHaveBeenCalled();
  act(() => void vi.advanceTimersByTime(1_500));
  expect(desk.submit).toHaveBeenCalledWith('', 'call back on Monday');
  vi.useRealTimers();
});

test('a tab that only watches has nothing to press', () => {
  desk.model.set(next(desk.model.get(), { do: 'session', session: { ...session, viewer: true } }));
  show({ offer });
  expect(screen.getByTestId('banner-viewer')).toBeTruthy();
  expect(screen.queryByTestId('offer-accept')).toBeNull();
});

test('a lost connection stands across the screen, with the truth about the sound', () => {
  const line = {
    state: store<LineState>({ registration: 'registered', reason: '', audio: 'connected', call: call.id }),
    remote: store<MediaStream | null>(null),
    setOpen() {},
  };
  desk.line.set(line as unknown as Line);
  show({ call });
  act(() => desk.model.set(next(desk.model.get(), { do: 'link', link: 'lost' })));
  expect(screen.getByTestId('banner-link').textContent).toMatch(/Your call goes on/);
  act(() => line.state.set({ ...line.state.get(), audio: 'connecting' }));
  expect(screen.getByTestId('banner-link').textContent).toMatch(/Your call has no sound/);
});

test('missed calls can be ended with a click', () => {
  const back = vi.spyOn(desk, 'back').mockResolvedValue(true);
  show({ agent: { ...state().agent, system: 'away_idle' } });
  act(() => screen.getByTestId('presence-back').click());
  expect(back).toHaveBeenCalledOnce();
});

const work = [
  { lease: 'o-2', kind: 'acw', channel: 'voice', queueLabel: 'Sales', from: '', name: '' },
  { lease: 'o-1', kind: 'work', channel: 'voice', queueLabel: 'Support', from: '+4930', name: 'Amira' },
];

test('leaving with work in hand tells first what is open, and waits for a word', () => {
  const presence = vi.spyOn(desk, 'presence').mockResolvedValue(true);
  show({ call, work, busyReasons: [{ code: 'paperwork', label: 'Paperwork' }] });
  act(() => screen.getByTestId('presence').click());
  act(() => screen.getByTestId('presence-busy-paperwork').click());
  expect(screen.getByTestId('open-work').textContent).toBe('Call with AmiraSupportAfter-call workSales');
  expect(presence).not.toHaveBeenCalled();
  act(() => screen.getByTestId('leaving-now').click());
  expect(presence).toHaveBeenCalledExactlyOnceWith('busy', 'paperwork', false);
  tell({});
  act(() => desk.away('away', 'lunch')); // with empty hands nobody asks
  expect(presence).toHaveBeenLastCalledWith('away', 'lunch');
});

test('a refused sign-out lists what is open, and offers to go after it', async () => {
  const presence = vi.spyOn(desk, 'presence').mockResolvedValue(true);
  show({ call, work });
  const refusal = { status: 409, code: 'open_work', open: ['o-1', 'o-2'] };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(refusal), { status: 409 })));
  await act(() => desk.logout());
  expect(screen.getByTestId('open-work').textContent).toMatch(/Call with Amira/);
  act(() => screen.getByTestId('open-after').click());
  expect(presence).toHaveBeenCalledExactlyOnceWith('offline', '', true);
});

test('a tab that watches may take the work over', () => {
  const take = vi.spyOn(desk, 'take').mockReturnValue(undefined);
  show({ agent: { ...state().agent, viewer: true } });
  act(() => screen.getByTestId('take-over').click());
  expect(take).toHaveBeenCalledOnce();
});

test('a server that is about to stop says how long a call may go on, and whether the page moves', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance', 'Date'] });
  try {
    show({ call, drain: { leftMs: 272_500, moves: false } });
    act(() => desk.model.set(next(desk.model.get(), { do: 'link', link: 'open' })));
    const banner = () => screen.getByTestId('banner-drain').textContent;
    expect(banner()).toBe('This server is being updated. Your call goes on; 4:32 left.');
    act(() => void vi.advanceTimersByTime(2000));
    expect(screen.getByTestId('drain-left').textContent).toBe('4:30');
    tell({ drain: { leftMs: 60_000, moves: true } });
    expect(banner()).toBe('This server is being updated. This page moves to another one by itself.');
    tell({ drain: { leftMs: 60_000, moves: false } });
    expect(banner()).toBe('This server is being updated. It stops in 1:00.');
    tell({ drain: null });
    expect(screen.queryByTestId('banner-drain')).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

test('after the login there is time to get ready, and two ways to go on', () => {
  const presence = vi.spyOn(desk, 'presence').mockResolvedValue(true);
  show({ agent: { ...state().agent, chosen: 'login_prep', routable: false, prepMs: 24_400 } });
  expect(screen.getByTestId('banner-prep').textContent).toMatch(/nothing is offered to you for 25 s/);
  expect(screen.getByTestId('presence-label').textContent).toBe('Getting ready');
  act(() => screen.getByTestId('prep-available').click());
  expect(presence).toHaveBeenLastCalledWith('available');
  act(() => screen.getByTestId('prep-away').click());
  expect(presence).toHaveBeenLastCalledWith('away');
  tell({ agent: { ...state().agent, chosen: 'away', reason: 'login', routable: false, prepMs: null } });
  expect(screen.queryByTestId('banner-prep')).toBeNull();
  expect(screen.getByTestId('presence-label').textContent).toBe('Away since the login');
});

test('the sign-out by the clock is told a minute before, and can be put off', () => {
  const stay = vi.spyOn(desk, 'stay').mockResolvedValue(true);
  const away = { ...state().agent, chosen: 'away', routable: false };
  show({ agent: { ...away, signOutMs: 62_000 } });
  expect(screen.queryByTestId('banner-sign-out')).toBeNull();
  tell({ agent: { ...away, signOutMs: 59_900 } });
  expect(screen.getByTestId('banner-sign-out').textContent).toMatch(/^You are signed out in 60 s/);
  act(() => screen.getByTestId('stay').click());
  expect(stay).toHaveBeenCalledOnce();
  tell({ agent: { ...away, signOutMs: 20_000 }, call, work });
  expect(screen.getByTestId('banner-sign-out').textContent).toMatch(/once the work in hand is done, .* 20 s/);
  tell({ agent: { ...away, signOutMs: 20_000, viewer: true } });
  expect(screen.queryByTestId('banner-sign-out')).toBeNull();
});

test('chats in hand are counted, and Next takes one more than is offered', () => {
  const more = vi.spyOn(desk, 'next').mockResolvedValue(true);
  const loads = [
    { channel: 'voice', load: 0, standard: 1, max: 1 },
    { channel: 'chat', load: 2, standard: 2, max: 3 },
    { channel: 'email', load: 1, standard: 5, max: 10 },
  ];
  show({ agent: { ...state().agent, loads, routable: false, why: 'has a chat in hand' } });
  expect(screen.getByTestId('load-chat').textContent).toBe('Chats 2 of 3');
  expect(screen.getByTestId('load-email').textContent).toBe('E-mails 1 of 104 more come by themselves');
  expect(screen.getByTestId('presence').textContent).toMatch(/^AvailableNo calls: has a chat in hand/);
  act(() => screen.getByTestId('next').click());
  press('n');
  expect(more).toHaveBeenCalledTimes(2);
  tell({ agent: { ...state().agent, loads: loads.slice(0, 1) } }); // where there are calls alone, they come by themselves
  expect(screen.queryByTestId('loads')).toBeNull();
  press('n');
  expect(more).toHaveBeenCalledTimes(2);
});

test.each([
  ['at_max', /as much in hand as you may/],
  ['nothing_waits', /Nothing waits that you could take/],
  ['not_available', /the server knows why/], // theirs, or a colleague's state
])('a Next that is refused with %s says so', async (code, words) => {
  show({});
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(JSON.stringify({ code, detail: 'the server knows why' }), { status: 409 })),
  );
  await act(() => desk.next());
  expect(screen.getByLabelText('Messages').textContent).toMatch(words);
});
