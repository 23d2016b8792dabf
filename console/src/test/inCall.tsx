// An agent in a call, for tests of what can be done with it.
import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render } from '@testing-library/react';
import { vi } from 'vitest';
import type { State } from '../api/types';
import { App } from '../console/App';
import { Desk } from '../console/desk';
import { next } from '../console/model';
import { ui } from '../console/ui';
import { theme } from '../theme';
import { call, session, state } from './facts';
import { silence } from './silence';

const queue = { waiting: 0, oldestMs: 0, available: 2, open: true };
const targets = {
  queues: [
    { ...queue, name: 'sales', label: 'Sales' },
    { ...queue, name: 'night', label: 'Night desk', open: false },
  ],
  agents: [
    { id: 'sam', name: 'Sam', why: '', idle: true },
    { id: 'liv', name: 'Liv', why: '', idle: false },
    { id: 'eve', name: 'Eve', why: 'busy', idle: false },
  ],
};
let desk: Desk;
let posts: [string, unknown][];

/** What the server was asked for, with what. */
export const asked = () => posts;

export function inCall(): void {
  posts = [];
  silence();
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path === '/api/transfer-targets') return Promise.resolve(new Response(JSON.stringify(targets)));
    if (init.method === 'POST') posts.push([path, JSON.parse(init.body as string)]);
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
}

/** The server says how it stands. */
export function tell(now: State['call'], more: Partial<State> = {}): void {
  act(() =>
    desk.model.set(
      next(desk.model.get(), { do: 'state', state: state({ call: now, ...more }), at: performance.now() }),
    ),
  );
}

export const key = (name: string, on: Element = document.body) => fireEvent.keyDown(on, { key: name, code: name });
