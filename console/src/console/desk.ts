// The desk of one agent: joins what the server says, the phone line, the microphone and the agent's commands. The
// screen only reads from it and calls its verbs.
import { api, Problem, type PartyVerb, type To, type Verb } from '../api/client';
import { Events, socketURL } from '../api/events';
import { tab } from '../api/tab';
import { expiresIn, type Session } from '../api/types';
import { Microphone } from '../audio/microphone';
import { checking, checkNetwork, type NetworkState } from '../audio/network';
import { ringer } from '../audio/outputs';
import { Ringtone } from '../audio/ringtone';
import { backoff } from '../lib/backoff';
import { store } from '../lib/store';
import { after } from '../lib/timers';
import { Line } from '../voice/line';
import { Alert } from './alert';
import { inHand, micOpen, next, rings, signedOut, start, viewer, type Action, type Model } from './model';
import { show } from './ui';

export class Desk {
  readonly model = store<Model>(start);
  readonly line = store<Line | null>(null);
  readonly network = store<NetworkState>(checking);
  readonly microphone = new Microphone();
  private readonly ringtone = new Ringtone();
  private readonly alert = new Alert();
  private events: Events | null = null;
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private tones: Promise<unknown> = Promise.resolve();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private losses = 0;
  private checks = 0; // of the network, so far
  private again: () => void = () => {}; // cancels the next check of the network

  constructor() {
    this.model.listen(() => this.follow());
    this.microphone.state.listen(() => this.reportDevice());
    this.microphone.stream.listen(() => void this.line.get()?.changeMicrophone(this.microphone.stream.get()));
    this.network.listen(() => this.reportDevice());
    window.addEventListener('online', () => this.line.get() && void this.checkNetwork());
  }

  /** Takes up the session that the cookie stands for, if there is one. A server that is not there is asked again. */
  async begin(attempt = 0): Promise<void> {
    try {
      this.signedIn(await api.session());
    } catch (err) {
      if (err instanceof Problem && err.status === 401) this.change({ do: 'signedOut' });
      else {
        this.change({ do: 'unreachable' });
        setTimeout(() => void this.begin(attempt + 1), backoff(attempt));
      }
    }
  }

  /** Rejects with a Problem when the name or password is wrong. */
  async login(agent: string, password: string): Promise<void> {
    this.signedIn(await api.login(agent, password));
  }

  async logout(): Promise<void> {
    try {
      await api.logout();
      this.leave();
    } catch (err) {
      if (err instanceof Problem && err.code === 'open_work') show('open');
      else await this.ask(Promise.reject(err));
    }
  }

  async accept(): Promise<void> {
    const m = this.model.get();
    const { server, asked } = m;
    const offer = server?.offer;
    if (!offer || asked.accept || viewer(m) || server?.agent.device.kind === 'phone') return;
    this.change({ do: 'ask', asked: { accept: offer.id, decline: '' } }); // opens the microphone now
    if (!(await this.ask(api.accept(offer.id)))) this.change({ do: 'ask', asked: { accept: '' } });
  }

  async decline(): Promise<void> {
    const m = this.model.get();
    const { server, asked } = m;
    const offer = server?.offer;
    if (!offer || asked.accept === offer.id || asked.decline || viewer(m)) return;
    this.change({ do: 'ask', asked: { decline: offer.id } });
    if (!(await this.ask(api.decline(offer.id)))) this.change({ do: 'ask', asked: { decline: '' } });
  }

  async mute(): Promise<void> {
    const call = this.liveCall();
    if (!call) return;
    const mute = !(this.model.get().asked.mute ?? call.muted);
    this.change({ do: 'ask', asked: { mute } });
    if (!(await this.ask(api.call(call.id, mute ? 'mute' : 'unmute'))))
      this.change({ do: 'ask', asked: { mute: null } });
  }

  async hold(): Promise<void> {
    const call = this.liveCall();
    if (!call || this.model.get().asked.hold !== null) return;
    const hold = call.state !== 'held';
    this.change({ do: 'ask', asked: { hold } });
    if (!(await this.ask(api.call(call.id, hold ? 'hold' : 'resume'))))
      this.change({ do: 'ask', asked: { hold: null } });
  }

  async end(): Promise<void> {
    const call = this.liveCall();
    if (!call || this.model.get().asked.end) return;
    this.change({ do: 'ask', asked: { end: call.id } });
    if (!(await this.ask(api.call(call.id, 'end')))) this.change({ do: 'ask', asked: { end: '' } });
  }

  /** Calls a number; why not, in words, or '' once it is being called. */
  async dial(to: string, callerId: string): Promise<string> {
    try {
      await api.dial(to, callerId);
      return '';
    } catch (err) {
      if (err instanceof Problem && err.status === 401) this.leave('Your session has ended. Sign in again.');
      return err instanceof Error ? err.message : 'Something went wrong.';
    }
  }

  /** Lets the caller wait in another queue, or be somebody else's; true once they stand there, or it rings. */
  transfer = (to: To, note: string) => this.onCall((id) => api.transfer(id, to, note));
  /** Wants to talk with a colleague, or somebody outside, while the caller hears music; true once it rings there. */
  consult = (to: To, note: string) => this.onCall((id) => api.consult(id, to, note));
  /** It rings at the colleague's no more, or they are consulted no more. */
  takeBack = () => this.verb('take-back');
  /** Talks with the caller instead of the colleague, or the other way round. */
  swap = () => this.verb('swap');
  /** Brings them together; the colleague says yes by meet. */
  merge = () => this.verb('merge');
  meet = () => this.verb('meet');
  /** Does something with one who takes part in the own call. */
  party = (party: string, v: PartyVerb) => this.onCall((id) => api.party(id, party, v));

  private verb = (v: Verb) => this.onCall((id) => api.call(id, v));

  private async onCall(ask: (call: string) => Promise<unknown>): Promise<boolean> {
    const call = this.liveCall();
    return !!call && this.ask(ask(call.id));
  }

  /** A supervisor's commands for a call of theirs. */
  supervise = (call: string, v: 'listen' | 'whisper' | 'barge' | 'take-over') => this.ask(api.call(call, v));

  /** Gives the caller to the colleague who is consulted. */
  async complete(): Promise<void> {
    const call = this.liveCall();
    if (!call || this.model.get().asked.complete) return;
    this.change({ do: 'ask', asked: { complete: call.id } });
    if (!(await this.ask(api.call(call.id, 'complete')))) this.change({ do: 'ask', asked: { complete: '' } });
  }

  /** Sends keys towards the caller, in the order they were pressed. */
  digits(keys: string): void {
    const call = this.liveCall();
    if (call) this.tones = this.tones.then(() => this.ask(api.digits(call.id, keys)));
  }

  async submit(code: string, note: string): Promise<boolean> {
    const lease = this.model.get().server?.wrapup?.lease;
    if (!lease || this.model.get().asked.wrapup) return false;
    this.change({ do: 'ask', asked: { wrapup: lease } });
    const done = await this.ask(api.wrapup(lease, code, note));
    if (!done) this.change({ do: 'ask', asked: { wrapup: '' } });
    return done;
  }

  presence = (chosen: string, reason = '', afterThis = false) => this.ask(api.presence(chosen, reason, afterThis));

  /** Leaves at once, but with work in hand asks first. */
  away(chosen: 'away' | 'busy', reason: string): void {
    if (inHand(this.model.get()).length > 0) show('leaving', { chosen, reason });
    else void this.presence(chosen, reason);
  }

  /** Works here from now on; the tab that did watches. */
  take = () => this.events?.take();

  /** A supervisor's commands for an agent of theirs. */
  signOut = (agent: string) => this.ask(api.signOut(agent));
  chooseFor = (agent: string, chosen: string, reason = '', afterThis = false) =>
    this.ask(api.chooseFor(agent, chosen, reason, afterThis));
  /** And for a caller in their queues. */
  move = (call: string, queue: string) => this.ask(api.move(call, queue));
  assign = (call: string, agent: string) => this.ask(api.assign(call, agent));

  /** Takes what waits first, beyond what is offered. */
  next = () => this.ask(api.next());

  stay = () => this.ask(api.stay());
  back = () => this.ask(api.back());
  dismiss = (id: number) => this.change({ do: 'dismiss', id });

  /** Looks at microphone and network again. */
  async recheck(): Promise<void> {
    this.network.set(checking);
    await Promise.all([this.microphone.open(), this.checkNetwork()]);
  }

  /** Finds out whether sound gets through to the server. What was known stands until then, and the last check counts. */
  private async checkNetwork(): Promise<void> {
    this.again();
    const mine = ++this.checks;
    const found = await checkNetwork(api.trial);
    if (mine !== this.checks || !this.line.get()) return;
    if (found.ok !== null || this.network.get().ok !== true) this.network.set(found);
    if (found.ok === null) this.again = after(5000, () => void this.checkNetwork());
  }

  /** A call ended before any sound got through: nothing more is offered until it is known why. */
  private unheard(): void {
    this.network.set(checking);
    void this.checkNetwork();
  }

  private liveCall() {
    const m = this.model.get();
    return viewer(m) ? null : (m.server?.call ?? null);
  }

  private signedIn(session: Session): void {
    this.change({ do: 'session', session });
    this.renewLater(session);
    this.connectLine();
    this.events ??= new Events(socketURL(`/api/events?tab=${tab}`), {
      state: (state) => {
        this.losses = 0;
        const was = this.model.get().server;
        this.change({ do: 'state', state, at: performance.now() });
        if (was?.node !== state.node) {
          if (was?.drain?.moves) this.line.get()?.move();
          else this.line.get()?.follow();
          if (was && this.line.get()) void this.checkNetwork(); // sound goes to this server now
        }
        this.connectLine();
      },
      signedOff: (by, reason) => {
        this.vanish(); // the call is not over: somebody else will take it
        this.leave(signedOut(by, reason));
      },
      link: (link, closed) => this.linked(link, closed),
    });
  }

  /** Registers the browser as the agent's phone, unless the agent has one on the desk or only watches here. */
  private connectLine(): void {
    const m = this.model.get();
    const account = m.session?.sip;
    const kind = m.server?.agent.device.kind ?? m.session?.agent.device;
    if (!account || !kind || viewer(m) || kind === 'phone') return this.withoutLine();
    const old = this.line.get();
    if (old) {
      if (old.user === account.user || !this.idle(old)) return;
      this.disconnectLine(); // the name is new with each renewal; between two calls nobody notices
    }
    const line = new Line(
      account,
      () => this.microphone.open(),
      () => this.unheard(),
    );
    line.state.listen(() => this.lineChanged(line));
    line.setOpen(micOpen(this.model.get()));
    this.line.set(line);
    if (!old) void this.recheck();
  }

  /** This tab only watches, or the agent's phone stands on the desk: nothing here needs a microphone. */
  private withoutLine(): void {
    if (!this.line.get()) return;
    this.vanish(); // a call goes on in the other tab
    this.microphone.close();
  }

  private vanish(): void {
    this.line.get()?.vanish();
    if (this.line.get()) this.line.set(null);
  }

  private disconnectLine(): void {
    this.line.get()?.stop();
    if (this.line.get()) this.line.set(null);
  }

  private idle(line: Line): boolean {
    const s = this.model.get().server;
    return !s?.offer && !s?.call && line.state.get().audio === 'none';
  }

  private lineChanged(line: Line): void {
    if (line.state.get().audio === 'connected' && this.network.get().ok !== true) {
      this.checks++; // whatever a check would find: here it works
      this.network.set({ ok: true, reason: '' });
    }
    this.reportDevice();
    if (line.state.get().registration !== 'refused') return;
    clearTimeout(this.retry); // the credentials may have run out while this machine slept: fetch new ones
    this.retry = setTimeout(
      () =>
        void api.session().then(
          (s) => this.renewed(s),
          () => this.lineChanged(line),
        ),
      2000,
    );
  }

  private linked(link: 'open' | 'lost', closed = 0): void {
    this.change({ do: 'link', link });
    if (link === 'open') return this.line.get()?.again();
    this.line.get()?.doubt();
    const told = closed === 1008; // the server closed the socket by itself: signed out, perhaps
    if (++this.losses !== 2 && !told) return; // one loss may be chance; at the second ask whether we are still signed in
    void api.session().then(
      (s) => this.renewed(s),
      (err: unknown) => {
        if (err instanceof Problem && err.status === 401) this.leave('Your session has ended. Sign in again.');
      },
    );
  }

  /** Fetches fresh phone credentials when four fifths of the old ones' life is over. */
  private renewLater(session: Session): void {
    clearTimeout(this.renewal);
    if (!session.sip) return;
    const wait = Math.min(Math.max(expiresIn(session.sip.expires, Date.now()) * 0.8, 5000), 2 ** 31 - 1);
    this.renewal = setTimeout(() => {
      api.session().then(
        (s) => this.renewed(s),
        (err: unknown) => {
          if (err instanceof Problem && err.status === 401) this.leave('Your session has ended. Sign in again.');
          else this.renewLater({ ...session, sip: session.sip && { ...session.sip, expires: 5 } });
        },
      );
    }, wait);
  }

  private renewed(session: Session): void {
    this.change({ do: 'session', session });
    this.renewLater(session);
    this.connectLine();
    const line = this.line.get();
    if (session.sip && line?.state.get().registration === 'refused') line.renew(session.sip); // in a call: the line stays
  }

  private leave(text?: string): void {
    clearTimeout(this.renewal);
    clearTimeout(this.retry);
    this.events?.close();
    this.events = null;
    this.disconnectLine();
    this.microphone.close();
    this.change(text ? { do: 'signedOut', text } : { do: 'signedOut' });
  }

  /** Everything outside of the screen that depends on the model. */
  private follow(): void {
    const m = this.model.get();
    this.line.get()?.setOpen(micOpen(m));
    if (rings(m)) this.ringtone.start(ringer.get());
    else this.ringtone.stop();
    this.alert.follow(rings(m) ? (m.server?.offer ?? null) : null);
  }

  private reportDevice(): void {
    const line = this.line.get();
    if (!line || !this.events) return;
    const problem = this.trouble();
    this.events.report({ ok: problem === '', reason: problem });
  }

  /** The first thing that keeps this agent from talking, '' when there is none. */
  trouble(): string {
    const [mic, line, net] = [this.microphone.state.get(), this.line.get()?.state.get(), this.network.get()];
    if (mic.kind !== 'open') return mic.reason;
    if (net.ok !== true) return net.reason;
    if (line?.registration !== 'registered') return line?.reason ?? 'The phone line is not connected.';
    return '';
  }

  private async ask(request: Promise<unknown>): Promise<boolean> {
    try {
      await request;
      return true;
    } catch (err) {
      const text = err instanceof Error ? err.message : 'Something went wrong.';
      if (err instanceof Problem && err.status === 401) this.leave('Your session has ended. Sign in again.');
      else this.change({ do: 'notice', kind: 'problem', text });
      return false;
    }
  }

  private change(a: Action): void {
    this.model.set(next(this.model.get(), a));
  }
}
