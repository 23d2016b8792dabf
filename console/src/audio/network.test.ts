import { afterEach, expect, test, vi } from 'vitest';
import { checkNetwork } from './network';

/** A peer connection that finds a candidate and then goes the way of the test. */
function connections(becomes: RTCPeerConnectionState | '', finds = true) {
  const made: { closed: boolean; told: unknown }[] = [];
  vi.stubGlobal(
    'RTCPeerConnection',
    class {
      localDescription = { sdp: 'v=0 theirs' };
      connectionState: RTCPeerConnectionState = 'new';
      onicecandidate: ((e: { candidate: { candidate: string } | null }) => void) | null = null;
      onconnectionstatechange: (() => void) | null = null;
      closed = false;
      told: unknown = null;
      constructor() {
        made.push(this);
      }
      addTransceiver() {}
      createOffer = () => Promise.resolve({});
      setLocalDescription = () => {
        queueMicrotask(() => this.onicecandidate?.({ candidate: finds ? { candidate: 'x' } : null }));
        return Promise.resolve();
      };
      setRemoteDescription = (told: unknown) => {
        this.told = told;
        queueMicrotask(() => {
          if (!becomes) return;
          this.connectionState = becomes;
          this.onconnectionstatechange?.();
        });
        return Promise.resolve();
      };
      close() {
        this.closed = true;
      }
    },
  );
  return made;
}

afterEach(() => vi.unstubAllGlobals());

const answers = vi.fn((_sdp: string) => Promise.resolve({ sdp: 'v=0 ours', at: '10.0.0.5:8089' }));
const blocked = 'Your browser reaches the server, but sound does not get through: UDP to 10.0.0.5:8089 is blocked.';

test.each<[string, RTCPeerConnectionState | '', boolean | null, string]>([
  ['gets through', 'connected', true, ''],
  ['is refused', 'failed', false, blocked],
  ['hears nothing', '', false, blocked],
])('a browser that %s', async (_, becomes, ok, reason) => {
  const made = connections(becomes);
  expect(await checkNetwork(answers, 50)).toEqual({ ok, reason });
  expect(answers).toHaveBeenLastCalledWith('v=0 theirs');
  expect(made).toMatchObject([{ closed: true, told: { type: 'answer', sdp: 'v=0 ours' } }]);
});

test('a browser without any way out needs no server to know it', async () => {
  connections('connected', false);
  answers.mockClear();
  expect((await checkNetwork(answers, 50)).reason).toMatch(/no network path/);
  expect(answers).not.toHaveBeenCalled();
});

test('of a server that does not answer nothing is known', async () => {
  const made = connections('connected');
  const refuses = () => Promise.reject(new Error('away'));
  expect((await checkNetwork(refuses, 50)).ok).toBeNull();
  expect(made).toMatchObject([{ closed: true }]);
});
