// The customer's line: no login, one call at a time.
import type { UA } from 'jssip';
import type { DTMF_TRANSPORT } from 'jssip/lib/Constants';
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession';
import type { PhoneInfo } from '../api/types';
import { Problem } from '../api/client';
import { refusal } from '../audio/microphone';
import { store } from '../lib/store';
import { hostOf, pcConfig, phoneSocket, userAgent, userOf } from './account';

export interface CustomerState {
  kind: 'idle' | 'opening' | 'calling' | 'ringing' | 'talking' | 'ended';
  since: number; // performance.now() when the call was answered
  muted: boolean;
  reason: string; // why it ended, in words; '' when there is nothing to say
  failed: boolean;
}

const idle: CustomerState = { kind: 'idle', since: 0, muted: false, reason: '', failed: false };

export class CustomerLine {
  readonly state = store<CustomerState>(idle);
  readonly remote = store<MediaStream | null>(null);
  private readonly ua: UA;
  private readonly host: string;
  private session: RTCSession | null = null;
  private stream: MediaStream | null = null;
  private lost = false; // the sound stopped for good, and no goodbye came

  constructor(info: PhoneInfo['sip'], guest: string) {
    this.host = hostOf(info.uri);
    this.ua = userAgent(phoneSocket(info.path), `sip:${userOf(info.uri) || guest}@${this.host}`, {
      register: false,
      display_name: 'Web caller',
      user_agent: 'Callfloor phone',
    });
    this.ua.start();
  }

  async call(number: string): Promise<void> {
    if (this.session || this.state.get().kind === 'opening') return;
    this.state.set({ ...idle, kind: 'opening' });
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      await connected(this.ua);
    } catch (err) {
      this.finish(err instanceof Problem ? err.message : refusal(err).reason, true);
      return;
    }
    this.dial(number, this.stream);
  }

  private dial(number: string, mediaStream: MediaStream): void {
    this.change({ kind: 'calling' });
    this.lost = false;
    const session = this.ua.call(`sip:${number}@${this.host}`, {
      mediaStream,
      pcConfig,
      eventHandlers: {
        peerconnection: ({ peerconnection }) => {
          peerconnection.addEventListener('track', (e) => this.remote.set(e.streams[0] ?? new MediaStream([e.track])));
          peerconnection.addEventListener('connectionstatechange', () => this.watch(peerconnection));
        },
        icecandidate: (e) => e.ready(),
        progress: () => this.change({ kind: 'ringing' }),
        accepted: () => this.change({ kind: 'talking', since: performance.now() }),
        ended: () => this.finish(this.lost ? 'The connection was lost.' : 'The call has ended.', this.lost),
        failed: (e: EndEvent) => this.finish(failure(e), e.cause !== 'Canceled'),
      },
    });
    this.session = session;
  }

  /** Ends a call whose sound has been away for a while: a server that died says no goodbye. */
  private watch(pc: RTCPeerConnection): void {
    if (pc.connectionState === 'failed') this.giveUp();
    if (pc.connectionState !== 'disconnected') return;
    setTimeout(() => pc.connectionState === 'disconnected' && this.giveUp(), 5000);
  }

  private giveUp(): void {
    if (!this.session || this.session.isEnded()) return;
    this.lost = true;
    this.session.terminate();
  }

  /** Sends a key as RFC 4733 telephone-event, in the audio stream. */
  key(k: string): void {
    if (this.state.get().kind !== 'talking') return;
    this.session?.sendDTMF(k, { transportType: 'RFC2833' as DTMF_TRANSPORT, duration: 100, interToneGap: 70 });
  }

  mute(muted: boolean): void {
    if (muted) this.session?.mute({ audio: true });
    else this.session?.unmute({ audio: true });
    this.change({ muted });
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) this.session.terminate();
    else this.finish('', false);
  }

  /** Back to the start, for the next call. */
  clear(): void {
    if (!this.session) this.state.set(idle);
  }

  private finish(reason: string, failed: boolean): void {
    this.session = null;
    for (const t of this.stream?.getTracks() ?? []) t.stop();
    this.stream = null;
    this.remote.set(null);
    this.state.set({ ...this.state.get(), kind: 'ended', muted: false, reason, failed });
  }

  private change(part: Partial<CustomerState>): void {
    this.state.set({ ...this.state.get(), ...part });
  }
}

/** Waits for the socket, but not for ever. */
function connected(ua: UA, patience = 5000): Promise<void> {
  if (ua.isConnected()) return Promise.resolve();
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Problem(0, 'unreachable', 'The phone service cannot be reached. Try again in a moment.')),
      patience,
    );
    ua.once('connected', () => {
      clearTimeout(timer);
      done();
    });
  });
}

/** Why a call did not come about, for a customer. */
export function failure(e: { cause: string; message?: unknown }): string {
  const status = (e.message as { status_code?: number } | null | undefined)?.status_code ?? 0;
  switch (status) {
    case 404:
      return 'This number is not in service.';
    case 403:
      return 'This number cannot be called from here.';
    case 486:
    case 600:
      return 'The line is busy.';
    case 503:
      return 'All lines are busy, or the service is restarting. Try again in a minute.';
    case 480:
    case 408:
      return 'Nobody answered.';
  }
  if (e.cause === 'Canceled') return 'You hung up.';
  if (e.cause === 'Connection Error' || e.cause === 'Request Timeout') return 'The phone service cannot be reached.';
  return 'The call could not be connected.';
}
