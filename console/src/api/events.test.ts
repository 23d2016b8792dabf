import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { state } from '../test/facts';
import { Events } from './events';
import type { State } from './types';

class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((m: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  says(m: unknown) {
    this.onmessage?.({ data: typeof m === 'string' ? m : JSON.stringify(m) });
  }
  breaks() {
    this.readyState = 3;
    this.onclose?.({ code: 1006 });
  }
}

let links: string[];
let nodes: string[];
let ended: string[];
let events: Events;
const socket = () => FakeSocket.all.at(-1) as FakeSocket;
const said = (seq: number, node: string) => ({ type: 'state', seq, state: state({ node }) });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  links = [];
  nodes = [];
  ended = [];
  events = new Events('ws://x/api/events', {
    link: (l) => links.push(l),
    state: (s: State) => nodes.push(s.node),
    signedOff: (by, reason) => ended.push(by + reason),
  });
});
afterEach(() => {
  events.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('states are passed on, older ones and nonsense are not', () => {
  socket().opens();
  socket().says(said(5, 'a'));
  socket().says(said(4, 'old'));
  socket().says('{nonsense');
  socket().says({ type: 'pong' });
  socket().says({ type: 'news of a later version' });
  socket().says(said(6, 'b'));
  expect(nodes).toEqual(['a', 'b']);
});

test('who ended the session is told', () => {
  socket().opens();
  socket().says({ type: 'signed_off', by: 'Sam' });
  socket().says({ type: 'signed_off', by: '', reason: 'logout_at' });
  expect(ended).toEqual(['Sam', 'logout_at']);
});

test('a heartbeat goes out at once and every 3 s', () => {
  socket().opens();
  expect(socket().sent).toEqual(['{"type":"ping"}']);
  vi.advanceTimersByTime(3000);
  expect(socket().sent).toHaveLength(2);
});

test('a lost connection is told and tried again, slower each time, and numbers start anew', () => {
  socket().opens();
  socket().says(said(900, 'a'));
  socket().breaks();
  expect(links).toEqual(['open', 'lost']);
  for (const wait of [200, 400, 800, 1600, 2000, 2000]) {
    const before = FakeSocket.all.length;
    vi.advanceTimersByTime(wait * 0.9 - 1);
    expect(FakeSocket.all).toHaveLength(before);
    vi.advanceTimersByTime(wait * 0.1 + 1);
    expect(FakeSocket.all).toHaveLength(before + 1);
    socket().breaks();
  }
  vi.advanceTimersByTime(2000);
  socket().opens();
  socket().says(said(1, 'restarted'));
  expect(nodes.at(-1)).toBe('restarted');
  expect(links.at(-1)).toBe('open');
});

test('a server that falls silent is given up after 8 s', () => {
  socket().opens();
  vi.advanceTimersByTime(6000);
  socket().says({ type: 'pong' });
  vi.advanceTimersByTime(8000);
  expect(links).toEqual([]);
  vi.advanceTimersByTime(3000);
  expect(links).toEqual(['lost']);
});

test('a page whose timers slept asks before it gives the server up', () => {
  socket().opens();
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(3000);
  expect(links).toEqual([]);
  expect(socket().sent).toHaveLength(2);
  vi.advanceTimersByTime(3000);
  expect(links).toEqual(['lost']);
});

test('the device report is repeated to a new connection', () => {
  events.report({ ok: true, reason: '' });
  socket().opens();
  const report = '{"type":"device","channel":"voice","ok":true,"reason":""}';
  expect(socket().sent).toContain(report);
  socket().breaks();
  vi.advanceTimersByTime(300);
  socket().opens();
  expect(socket().sent).toContain(report);
});

test('after close nothing comes back', () => {
  socket().opens();
  events.close();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(1);
});

const drained = (node: string, moves: boolean) => ({
  type: 'state',
  seq: 1,
  state: state({ node, drain: { leftMs: 60_000, moves } }),
});

test('a page leaves a server that is about to stop only when it has come to another one', () => {
  const old = socket();
  old.opens();
  events.report({ ok: true, reason: '' });
  old.says(drained('a', false));
  expect(FakeSocket.all).toHaveLength(1); // a call is in hand
  old.says(drained('a', true));
  expect(socket().url).toBe('ws://x/api/events?leaves=a');
  socket().breaks(); // led back to the same server
  vi.advanceTimersByTime(499);
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(3);
  const fresh = socket();
  fresh.opens();
  old.says(drained('a', true));
  expect(old.readyState).toBe(1);
  fresh.says(said(1, 'b'));
  expect(old.readyState).toBe(3);
  old.breaks();
  old.says(said(9, 'a'));
  expect(nodes).toEqual(['a', 'a', 'a', 'b']);
  expect(links).not.toContain('lost');
  expect(fresh.sent).toContain('{"type":"device","channel":"voice","ok":true,"reason":""}');
  vi.advanceTimersByTime(10_000);
  expect(FakeSocket.all.filter((s) => s.readyState === 1)).toEqual([]); // it fell silent, as any may
  expect(links.at(-1)).toBe('lost');
});

test('a move that is not wanted any more is given up', () => {
  socket().opens();
  const old = socket();
  old.says(drained('a', true));
  socket().breaks();
  old.says(said(2, 'a'));
  vi.advanceTimersByTime(2000);
  expect(FakeSocket.all).toHaveLength(2);
});
