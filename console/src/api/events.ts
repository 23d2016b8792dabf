// The one WebSocket over which the server tells this console what is true. It comes back by itself.
import { backoff } from '../lib/backoff';
import { after, every } from '../lib/timers';
import type { State } from './types';

export interface Listener {
  state(s: State): void;
  signedOff(by: string, reason: string): void; // a supervisor has ended the session, or the clock
  link(l: 'open' | 'lost', closed?: number): void; // closed: the WebSocket's close code
}

export interface DeviceReport {
  ok: boolean;
  reason: string;
}

const again = 500; // between two tries to come to another server
const beat = 3000; // the server counts a session as lost after 15 s without one
const patience = 8000; // and we count the server as lost after this without a word

export class Events {
  private socket: WebSocket | null = null;
  private successor: WebSocket | null = null; // on its way to another server, while ours is about to stop
  private leaving = ''; // the node we shall leave
  private tries = 0;
  private heard = 0;
  private checked = 0;
  private seq = -1;
  private ended = false;
  private wait: () => void = () => {}; // cancels the next try
  private readonly still: () => void; // ends the heartbeats
  private device: DeviceReport | null = null;

  constructor(
    private readonly url: string,
    private readonly tell: Listener,
  ) {
    this.checked = Date.now();
    this.still = every(beat, () => this.check());
    window.addEventListener('online', this.retry);
    this.open();
  }

  /** Says whether this agent can be heard and hear; repeated on every new connection. */
  report(device: DeviceReport): void {
    this.device = device;
    this.send({ type: 'device', channel: 'voice', ...device });
  }

  /** Makes this the page that works; the one that did watches from then on. */
  take(): void {
    this.send({ type: 'take' });
  }

  close(): void {
    this.ended = true;
    this.still();
    this.wait();
    window.removeEventListener('online', this.retry);
    this.socket?.close(1000);
    this.successor?.close(1000);
    this.socket = this.successor = null;
  }

  /** Tries at once instead of waiting for the next turn. */
  private readonly retry = (): void => {
    if (this.ended || this.socket) return;
    this.wait();
    this.open();
  };

  private open(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.seq = -1; // numbers count within one connection
    this.heard = Date.now();
    socket.onopen = () => {
      this.heard = Date.now();
      this.greet();
    };
    socket.onmessage = (m) => this.message(socket, m.data as string);
    socket.onclose = (e) => this.lost(socket, e.code);
  }

  private message(from: WebSocket, text: string): void {
    if (from !== this.socket && from !== this.successor) return;
    this.heard = Date.now();
    let m: { type?: string; seq?: number; state?: State; by?: string; reason?: string };
    try {
      m = JSON.parse(text) as typeof m;
    } catch {
      return; // not ours to understand
    }
    if (m.type === 'signed_off') return this.tell.signedOff(m.by ?? '', m.reason ?? '');
    if (m.type !== 'state' || !m.state) return;
    if (from === this.successor) this.arrive(from);
    if (m.seq !== undefined && m.seq < this.seq) return;
    this.seq = m.seq ?? this.seq;
    this.tries = 0;
    this.tell.link('open');
    this.tell.state(m.state);
    this.leaving = m.state.drain?.moves ? m.state.node : '';
    this.move();
  }

  /** Comes to another server before this one is left, so that nobody misses the agent for a moment. */
  private move(): void {
    if (!this.leaving || this.successor || this.ended) return;
    const socket = new WebSocket(`${this.url}${this.url.includes('?') ? '&' : '?'}leaves=${this.leaving}`);
    this.successor = socket;
    socket.onmessage = (m) => this.message(socket, m.data as string);
    socket.onclose = () => {
      after(again, () => {
        if (socket !== this.successor) return;
        this.successor = null; // we were led back to where we are: the load balancer notices in a moment
        this.move();
      });
    };
  }

  private arrive(socket: WebSocket): void {
    const former = this.socket;
    this.wait();
    this.successor = null;
    this.socket = socket;
    this.seq = -1;
    socket.onclose = (e) => this.lost(socket, e.code);
    this.greet();
    former?.close(1000);
  }

  private greet(): void {
    this.send({ type: 'ping' });
    if (this.device) this.report(this.device);
  }

  private lost(which: WebSocket, code = 1006): void {
    if (which !== this.socket || this.ended) return;
    this.socket = null;
    this.tell.link('lost', code);
    this.wait = after(backoff(this.tries++), () => this.open());
  }

  private check(): void {
    const now = Date.now();
    const slept = now - this.checked > 2 * beat; // the machine did, or the page was frozen: nothing could be heard
    this.checked = now;
    const s = this.socket;
    if (!s) return;
    if (now - this.heard > patience && !slept) {
      s.close(); // a dead network sends no close: do not wait for one
      this.lost(s);
      return;
    }
    this.send({ type: 'ping' });
  }

  private send(m: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(m));
  }
}

/** The address of a WebSocket on the server this page came from. */
export function socketURL(path: string, at: Location = location): string {
  return `${at.protocol === 'https:' ? 'wss:' : 'ws:'}//${at.host}${path}`;
}
