import { expect, test } from 'vitest';
import { level } from '../audio/meter';
import { refusal } from '../audio/microphone';
import { hostOf, userOf } from './account';
import { failure } from './customer';
import { ours } from './line';

test.each([
  ['sip:maria@callfloor', 'maria', 'callfloor'],
  ['sip:maria@127.0.0.1:5060;transport=ws', 'maria', '127.0.0.1:5060'],
  ['sips:callfloor', '', 'callfloor'],
  ['sip:[::1]:5060?x=y', '', '[::1]:5060'],
])('%s is %s at %s', (uri, user, host) => {
  expect(userOf(uri)).toBe(user);
  expect(hostOf(uri)).toBe(host);
});

const request = (headers: Record<string, string>) => ({ getHeader: (name: string) => headers[name] as string });

test.each<[Record<string, string>, boolean]>([
  [{ 'Call-Info': '<sip:callfloor>;answer-after=0' }, true],
  [{ 'Call-Info': '<sip:callfloor>; Answer-After = 0' }, true],
  [{ 'X-Callfloor-Call': 'c-1' }, true],
  [{ 'Call-Info': '<sip:callfloor>;answer-after=5' }, false],
  [{}, false],
])('an INVITE with %j is answered by itself: %s', (headers, want) => expect(ours(request(headers))).toBe(want));

test.each([
  [{ cause: 'Busy', message: { status_code: 486 } }, 'The line is busy.'],
  [{ cause: 'Not Found', message: { status_code: 404 } }, 'This number is not in service.'],
  [{ cause: 'Unavailable', message: { status_code: 503 } }, 'All lines are busy, or the service is restarting. Try again in a minute.'],
  [{ cause: 'Canceled', message: null }, 'You hung up.'],
  [{ cause: 'Connection Error' }, 'The phone service cannot be reached.'],
  [{ cause: 'Internal Error' }, 'The call could not be connected.'],
])('a call that failed with %j is told', (e, want) => expect(failure(e)).toBe(want));

test.each([
  ['NotAllowedError', 'refused'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['TypeError', 'failed'],
])('a microphone failing with %s is %s', (name, kind) => {
  const said = refusal(new DOMException('x', name));
  expect(said.kind).toBe(kind);
  expect(said.reason).not.toBe('');
});

test('the level goes from silence to full scale', () => {
  expect(level(new Float32Array(64))).toBe(0);
  expect(level(new Float32Array(64).fill(1))).toBe(1);
  expect(level(new Float32Array(64).fill(0.001))).toBeCloseTo(0, 5);
  expect(level(new Float32Array(64).fill(0.0316))).toBeCloseTo(0.5, 2);
});
