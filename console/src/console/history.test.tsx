// The history: what became of each call, and a call that goes on.
import { MantineProvider } from '@mantine/core';
import { act, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { interaction } from '../api/history';
import { theme } from '../theme';
import { Desk } from './desk';
import { History } from './History';
import { renewed } from './useHistory';

// prettier-ignore
const talk = {
  id: 'c-1', from: '+4930', name: 'Amira', started: 1, queue: 'q1', queueLabel: 'Sales', agent: 'maria', agentName: 'Maria Lopez',
  recording: true, recordingSeconds: 5, talkedMs: 5000, ended: 9, cause: 'normal', disposition: 'no_interest', dispositionLabel: 'No interest',
};
const going = {
  ...talk,
  id: 'c-2',
  name: 'Luc',
  talkedMs: 0,
  ended: undefined,
  cause: '',
  dispositionLabel: '',
  disposition: '',
};
let rows: object[];

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.stubGlobal('fetch', (path: string) => {
    const one = rows.find((r) => path.endsWith(`/${(r as { id: string }).id}`));
    return Promise.resolve(new Response(JSON.stringify(one ?? { items: rows })));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(...items: object[]) {
  rows = items;
  render(
    <MantineProvider theme={theme} env="test">
      <History desk={new Desk()} />
    </MantineProvider>,
  );
  await waitFor(() => expect(screen.getAllByTestId('history-item').length).toBe(items.length));
}

const item = (n: number) => screen.getAllByTestId('history-item')[n]!;

test('a call is told in labels, with a player for its recording', async () => {
  await open(talk);
  expect(item(0).textContent).toContain('Sales · No interest');
  act(() => item(0).querySelector('button')?.click());
  const detail = await screen.findByTestId('history-detail');
  expect(detail.textContent).toContain('Maria Lopez');
  expect(detail.textContent).not.toMatch(/q1|no_interest/);
  expect(screen.getByTestId('player')).toBeTruthy();
});

test('a call that went on at another server tells where its recording has a gap, and what is not there', async () => {
  const parts = [
    { server: 'n-1', silence: 0, seconds: 62, there: true },
    { server: 'n-2', silence: 12.2, seconds: 5, there: true },
    { server: 'n-3', silence: 11, seconds: 0, there: false },
  ];
  await open({ ...talk, recordingParts: parts });
  act(() => item(0).querySelector('button')?.click());
  const detail = await screen.findByTestId('history-detail');
  expect(detail.textContent).toContain(
    'at 1:02 another server went on after 12 s · part 3 is at a server that is away',
  );
});

test('a call that goes on is neither missed nor to be played, until it is over', async () => {
  await open(going, talk);
  expect(item(0).dataset.how).toBe('live');
  expect(item(0).textContent).toContain('Sales · In progress');
  act(() => item(0).querySelector('button')?.click());
  const detail = await screen.findByTestId('history-detail');
  expect(screen.queryByTestId('player')).toBeNull();
  expect(detail.textContent).not.toContain('Ended');
  rows = [{ ...going, ended: 99, talkedMs: 7000, cause: 'normal', dispositionLabel: 'Sold' }, talk];
  await act(() => vi.advanceTimersByTimeAsync(5000));
  await waitFor(() => expect(item(0).dataset.how).toBe('answered'));
  expect(item(0).textContent).toContain('Sales · Sold');
  expect(await screen.findByTestId('player')).toBeTruthy();
});

test('a call that nobody took is missed', async () => {
  await open({ ...talk, talkedMs: 0, cause: 'abandoned', recording: false, recordingSeconds: 0 });
  expect(item(0).dataset.how).toBe('missed');
  expect(item(0).textContent).toContain('Caller hung up while waiting');
});

test('the newest page takes the place of what was known of it, and older pages stay', () => {
  const of = (...ids: string[]) => ids.map((id) => interaction({ id }));
  expect(renewed(of('3', '2', '1'), of('4', '3', '2')).map((i) => i.id)).toEqual(['4', '3', '2', '1']);
});
