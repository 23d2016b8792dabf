// The agent's line: registers with the credentials of the login, answers every INVITE of the server by itself, and
// keeps the microphone closed until the agent has accepted. Who may be heard is decided in console/model.ts.
import type { UA, WebSocketInterface } from 'jssip';
import type { RTCSessionEvent, UnRegisteredEvent } from 'jssip/lib/UA';
import type { IncomingRequest } from 'jssip/lib/SIPMessage';
import type { EndEvent, RTCSession } from 'jssip/lib/RTCSession';
import type { SipAccount } from '../api/types';
import { silence } from '../audio/microphone';
import { store } from '../lib/store';
import { after } from '../lib/timers';
import { pcConfig, phoneSocket, quickICE, userAgent } from './account';

export interface LineState {
  registration: 'off' | 'connecting' | 'registered' | 'refused';
  reason: string;
  audio: 'none' | 'connecting' | 'connected';
  call: string; // the call the audio belongs to, '' when there is none
}

const patience = 3000; // with a call whose sound should be connected within a tenth of a second

const idle: LineState = { registration: 'off', reason: 'Not connected yet.', audio: 'none', call: '' };

export class Line {
  readonly state = store<LineState>(idle);
  readonly remote = store<MediaStream | null>(null);
  readonly user: string; // the name it registered with
  private readonly ua: UA;
  private readonly socket: WebSocketInterface;
  private session: RTCSession | null = null;
  private heard: RTCSession | null = null; // the last whose sound has got through
  private track: MediaStreamTrack | null = null; // our copy: enabled only while the agent may be heard
  private open = false;
  private context: AudioContext | null = null;
  private moving = false; // to another server, when the call is over
  private doubted = false; // the page has lost its server since this line was connected

  constructor(
    account: SipAccount,
    private readonly microphone: () => Promise<MediaStream | null>,
    private readonly unheard: () => void, // a call was answered here, and its sound does not get through
  ) {
    this.user = account.user;
    this.socket = phoneSocket(account.path);
    this.ua = userAgent(this.socket, account.uri, {
      authorization_user: account.user,
      password: account.password,
      register: true,
      register_expires: 120,
    });
    this.ua.on('connecting', () => this.change({ registration: 'connecting', reason: 'Connecting the phone line.' }));
    this.ua.on('connected', () => (this.doubted = false));
    this.ua.on('registered', () => this.change({ registration: 'registered', reason: '' }));
    this.ua.on('unregistered', () =>
      this.change({ registration: 'connecting', reason: 'The phone line is not registered.' }),
    );
    this.ua.on('disconnected', () =>
      this.change({ registration: 'connecting', reason: 'The phone line is cut. Reconnecting.' }),
    );
    this.ua.on('registrationFailed', (e: UnRegisteredEvent) =>
      this.change({
        registration: 'refused',
        reason: `The server refused the phone line (${String(e.cause ?? 'no reason given')}).`,
      }),
    );
    this.ua.on('newRTCSession', (e: RTCSessionEvent) => {
      if (e.originator === 'remote') this.incoming(e.session, e.request as IncomingRequest);
    });
    this.ua.start();
  }

  /** Uses fresh credentials from now on; the registration is tried again with them. */
  renew(account: SipAccount): void {
    this.ua.set('authorization_user', account.user);
    this.ua.set('password', account.password);
    if (this.ua.isConnected()) this.ua.register();
  }

  /** The server is there again, as the page has noticed: connects at once, where JsSIP would wait for its timer. */
  again(): void {
    if (!this.ua.isConnected()) this.transport()?.connect();
  }

  /** The page has lost its server: the line's own connection, which may lead to the same one, may be dead unnoticed. */
  doubt(): void {
    this.doubted = true;
  }

  /** The page has come to another server: a line that was not connected since goes there, too. */
  follow(): void {
    if (!this.doubted) return;
    this.drop();
    this.transport()?.disconnect();
    this.transport()?.connect();
  }

  /** The page has left a server that is about to stop: the line does as soon as nobody is on it. */
  move(): void {
    this.moving = this.session !== null;
    if (this.moving) return;
    this.doubted = true;
    this.follow();
  }

  /** JsSIP's connection, which its types leave out. */
  private transport(): { connect(): void; disconnect(): void } | null {
    return (this.ua as unknown as { transport: { connect(): void; disconnect(): void } | null }).transport;
  }

  /** Lets the agent be heard, or not. Takes effect at once and stays for the calls to come. */
  setOpen(open: boolean): void {
    this.open = open;
    if (this.track) this.track.enabled = open;
    if (!this.session || this.session.isEnded()) return;
    if (open)
      this.session.unmute({ audio: true }); // JsSIP sets tracks from its own mark at times: keep it true
    else this.session.mute({ audio: true });
  }

  /** Goes on with another microphone in a running call. */
  async changeMicrophone(stream: MediaStream | null): Promise<void> {
    const sender = this.session?.connection?.getSenders().find((s) => s.track?.kind === 'audio' || s.dtmf);
    if (!sender) return;
    const former = this.track;
    await sender.replaceTrack(this.copy(stream));
    former?.stop();
  }

  stop(): void {
    this.drop();
    this.ua.stop();
    void this.context?.close();
    this.state.set(idle);
  }

  /** Goes without a word: the server finds the line dead, and the call goes on where the agent is now. A BYE would end it. */
  vanish(): void {
    this.socket.send = () => true;
    this.stop();
    this.socket.disconnect();
  }

  private incoming(session: RTCSession, request: IncomingRequest): void {
    if (!ours(request)) {
      session.terminate({ status_code: 480 }); // only the server's own calls ring here
      return;
    }
    this.drop(); // one call at a time: a new INVITE takes the place of a leg that lost its way
    this.session = session;
    this.change({ audio: 'connecting', call: request.getHeader('X-Callfloor-Call') ?? '' });
    quickICE(session);
    session.on('peerconnection', ({ peerconnection }) => this.watch(session, peerconnection));
    session.on('ended', (e) => this.over(session, e));
    session.on('failed', (e) => this.over(session, e));
    void this.answer(session);
  }

  private async answer(session: RTCSession): Promise<void> {
    const stream = await this.microphone();
    if (session !== this.session || session.isEnded()) return;
    const track = this.copy(stream);
    try {
      session.answer({ mediaStream: new MediaStream([track]), pcConfig });
      this.setOpen(this.open);
      after(patience, () => {
        if (session === this.session && this.heard !== session) this.unheard();
      });
    } catch {
      this.over(session); // the caller left between the two
    }
  }

  /** A copy of the microphone's track, or silence where there is none, as open as the agent is. */
  private copy(stream: MediaStream | null): MediaStreamTrack {
    const source = stream?.getAudioTracks()[0];
    const track = source ? source.clone() : silence((this.context ??= new AudioContext()));
    track.enabled = this.open;
    this.track = track;
    return track;
  }

  private watch(session: RTCSession, pc: RTCPeerConnection): void {
    pc.addEventListener('track', (e) => {
      if (session === this.session) this.remote.set(e.streams[0] ?? new MediaStream([e.track]));
    });
    pc.addEventListener('connectionstatechange', () => {
      if (session !== this.session) return;
      if (pc.connectionState === 'connected') {
        this.heard = session;
        this.change({ audio: 'connected' });
      } else if (pc.connectionState !== 'closed') this.change({ audio: 'connecting' });
    });
  }

  private over(session: RTCSession, _e?: EndEvent): void {
    if (session !== this.session) return;
    this.session = null;
    this.track?.stop();
    this.track = null;
    this.remote.set(null);
    this.change({ audio: 'none', call: '' });
    if (this.moving) this.move();
  }

  private drop(): void {
    const session = this.session;
    if (!session) return;
    this.over(session);
    if (!session.isEnded()) session.terminate();
  }

  private change(part: Partial<LineState>): void {
    this.state.set({ ...this.state.get(), ...part });
  }
}

/** The server marks the calls it wants answered by themselves. */
export function ours(request: Pick<IncomingRequest, 'getHeader'>): boolean {
  if (request.getHeader('X-Callfloor-Call')) return true;
  return /;\s*answer-after\s*=\s*0\b/i.test(request.getHeader('Call-Info') ?? '');
}
