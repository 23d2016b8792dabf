import { afterEach, describe, expect, test, vi } from 'vitest';
import { api, Problem } from './client';
import { interaction, live, result } from './history';
import { expiresIn } from './types';
import { socketURL } from './events';

afterEach(() => vi.unstubAllGlobals());

function answers(status: number, body: unknown) {
  const calls: [string, RequestInit][] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    calls.push([path, init]);
    return Promise.resolve(
      new Response(status === 204 ? null : typeof body === 'string' ? body : JSON.stringify(body), { status }),
    );
  });
  return calls;
}

async function refused(p: Promise<unknown>): Promise<Problem> {
  const err: unknown = await p.then(
    () => null,
    (e: unknown) => e,
  );
  if (!(err instanceof Problem)) throw new Error('was not refused');
  return err;
}

describe('commands', () => {
  test('carry the mark that other sites cannot send, and quote ids', async () => {
    const calls = answers(204, null);
    await api.accept('o-1/../x');
    const [path, init] = calls[0] ?? [];
    expect(path).toBe('/api/offers/o-1%2F..%2Fx/accept');
    expect(init?.headers).toMatchObject({ 'X-Callfloor': '1', 'Content-Type': 'application/json' });
  });
  test('questions do not', async () => {
    const calls = answers(200, { items: [] });
    await api.history('a b', 'c-9');
    expect(calls[0]?.[0]).toBe('/api/history?limit=30&q=a+b&before=c-9');
    expect(calls[0]?.[1].headers).not.toHaveProperty('X-Callfloor');
  });
  test.each([
    [409, { code: 'expired', title: 'Conflict', detail: 'lease o-1 expired' }, 'The time to accept was over.'],
    [409, { code: 'odd', title: 'Conflict', detail: 'The moon is too low.' }, 'The moon is too low.'],
    [400, { title: 'Bad Request' }, 'Bad Request'],
    [502, '<html>', 'The server answered 502.'],
  ])('a %i with %j is told in words', async (status, body, want) => {
    answers(status, body);
    expect(await refused(api.accept('o-1'))).toMatchObject({ status, message: want });
  });
  test('a server that is not there is told in words', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
    expect(await refused(api.back())).toMatchObject({ status: 0, code: 'unreachable' });
  });
});

describe('rows of the history', () => {
  test('are read with their times', () => {
    const i = interaction({
      id: 'c-1',
      from: '+49',
      started: '2026-11-23T10:00:00Z',
      talkedMs: 5000,
      recording: 'a.wav',
      recordingSeconds: 5,
      path: ['hello', { step: 'menu', key: '1' }],
      segments: [{ queue: 'support', outcome: 'served', talked: 5000 }],
    });
    expect(i).toMatchObject({
      started: Date.UTC(2026, 10, 23, 10),
      talked: 5000,
      recording: true,
      recordingSeconds: 5,
    });
    expect(i.path).toEqual([
      { step: 'hello', key: '' },
      { step: 'menu', key: '1' },
    ]);
    expect(i.segments[0]).toMatchObject({ outcome: 'served', talked: 5000 });
  });
  test('speak in labels, and in codes where there is no label', () => {
    const codes = { queue: 'q1', agent: 'maria', disposition: 'no_interest' };
    const labels = { queueLabel: 'Sales', agentName: 'Maria Lopez', dispositionLabel: 'No interest' };
    const named = { queue: 'Sales', agent: 'Maria Lopez', disposition: 'No interest' };
    const i = interaction({ ...codes, ...labels, segments: [{ ...codes, ...labels }] });
    expect(i).toMatchObject(named);
    expect(i.segments[0]).toMatchObject(named);
    expect(interaction({ ...codes, segments: [codes] })).toMatchObject(codes);
  });
  test.each([
    ['a live call', { talkedMs: 0 }, true, 'In progress'],
    [
      'a live call with a disposition of its former agent',
      { dispositionLabel: 'Sold', talkedMs: 5 },
      true,
      'In progress',
    ],
    ['a served call', { ended: 5, talkedMs: 5, dispositionLabel: 'Sold', cause: 'normal' }, false, 'Sold'],
    ['a served call without a disposition', { ended: 5, talkedMs: 5, cause: 'normal' }, false, 'Ended normally'],
    ['an abandoned call', { ended: 5, cause: 'normal', outcome: 'abandoned' }, false, 'Caller hung up while waiting'],
    [
      'a call that waited too long',
      { ended: 5, cause: 'nobody_answered', outcome: 'timeout' },
      false,
      'nobody answered',
    ],
    ['a call that hung up in the menu', { ended: 5, cause: 'normal' }, false, 'Ended normally'],
    [
      'a call of a node that died',
      { ended: 5, cause: 'interrupted', outcome: 'interrupted' },
      false,
      'Interrupted by a restart',
    ],
  ])('%s', (_, row, goes, words) => {
    expect(live(interaction(row))).toBe(goes);
    expect(result(interaction(row))).toBe(words);
  });
  test.each([[null], [7], [{}], [{ path: null, segments: 'x', talked: 'long', started: 'soon' }]])(
    '%j breaks nothing',
    (raw) => {
      expect(interaction(raw)).toMatchObject({
        id: '',
        talked: 0,
        started: 0,
        path: [],
        segments: [],
        recording: false,
      });
    },
  );
});

test('credentials run out at a moment or after a time', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(expiresIn(300, now)).toBe(300_000);
  expect(expiresIn('300', now)).toBe(300_000);
  expect(expiresIn(now / 1000 + 60, now)).toBe(60_000);
  expect(expiresIn(now + 60_000, now)).toBe(60_000);
  expect(expiresIn('2026-01-01T00:01:00Z', now)).toBe(60_000);
  expect(expiresIn('never', now)).toBe(60_000);
});

test('sockets are as safe as the page', () => {
  expect(socketURL('/sip', { protocol: 'https:', host: 'x:1' } as Location)).toBe('wss://x:1/sip');
  expect(socketURL('/sip', { protocol: 'http:', host: 'x:1' } as Location)).toBe('ws://x:1/sip');
});
