// Just enough SIP to join two browsers: a registrar that asks no password and a proxy with one call at a time. The
// agent's side gets the INVITE with the mark of the server's own calls.
import { randomBytes } from 'node:crypto';

const crlf = '\r\n';

export class Relay {
  constructor(tell) {
    this.tell = tell;
    this.agent = null; // { ws, contact }
    this.call = null; // { ws, invite, id, agentWs }
  }

  join(ws) {
    ws.on('message', (m) => this.message(ws, m.toString()));
    ws.on('close', () => {
      if (this.agent?.ws === ws) {
        this.agent = null;
        this.tell.registered(false);
      }
      if (this.call?.ws === ws) this.over();
    });
  }

  message(ws, text) {
    if (text.trim() === '') return ws.send(crlf);
    const m = parse(text);
    if (m.method === 'REGISTER') return this.register(ws, m);
    if (m.status) return this.response(m);
    if (m.method === 'INVITE' && !tag(m.get('To'))) return this.invite(ws, m);
    const other = ws === this.call?.ws ? this.call.agentWs : this.call?.ws;
    if (m.method === 'BYE') {
      ws.send(reply(m, 200, 'OK'));
      if (ws === this.call?.agentWs && this.call.leaving) return;
      other?.send(m.text);
      return this.over();
    }
    if (m.method === 'CANCEL') {
      ws.send(reply(m, 200, 'OK'));
      ws.send(reply(this.call.invite, 487, 'Request Terminated', ';tag=relay'));
      this.call.agentWs?.send(m.text);
      return this.over();
    }
    other?.send(m.method === 'ACK' ? m.text : this.push(m));
  }

  register(ws, m) {
    const contact = m.get('Contact');
    ws.send(reply(m, 200, 'OK', ';tag=reg', [`Contact: ${contact};expires=120`]));
    if (/expires=0\b/.test(contact) || m.get('Expires') === '0') return;
    const fresh = this.agent?.ws !== ws;
    this.agent = { ws, contact: /<([^>]+)>/.exec(contact)[1] };
    if (fresh) this.tell.registered(true);
  }

  invite(ws, m) {
    ws.send(reply(m, 100, 'Trying'));
    if (this.call) return ws.send(reply(m, 480, 'Temporarily Unavailable', ';tag=relay'));
    const id = `c-${randomBytes(4).toString('hex')}`;
    this.call = { ws, invite: m, id };
    ws.send(reply(m, 180, 'Ringing', ';tag=relay'));
    this.tell.incoming(id, /sip:([^@>]+)/.exec(m.get('From'))?.[1] ?? '');
  }

  /** Sends the caller's INVITE on to the console; again after a reload, which then cannot bring audio here. */
  toAgent(id) {
    if (!this.agent) return;
    const { invite } = this.call;
    this.call.agentWs = this.agent.ws;
    const head = [`INVITE ${this.agent.contact} SIP/2.0`, via(), ...invite.lines.slice(1)];
    this.agent.ws.send([...head, 'Call-Info: <sip:callfloor>;answer-after=0', `X-Callfloor-Call: ${id}`, `X-Callfloor-Offer: o-${id}`].join(crlf) + crlf + crlf + invite.body);
  }

  response(m) {
    const lines = m.lines.slice();
    lines.splice(lines.findIndex((l) => /^via:/i.test(l)), 1);
    this.call?.ws.send(lines.join(crlf) + crlf + crlf + m.body);
  }

  push(m) {
    return [m.lines[0], via(), ...m.lines.slice(1)].join(crlf) + crlf + crlf + m.body;
  }

  /** Ends the agent's leg only: declined. */
  endAgent() {
    this.end();
  }

  end() {
    this.over();
  }

  over() {
    const call = this.call;
    this.call = null;
    if (call) this.tell.gone();
  }
}

function via() {
  return `Via: SIP/2.0/WS relay.invalid;branch=z9hG4bK${randomBytes(5).toString('hex')}`;
}

function parse(text) {
  const end = text.indexOf(crlf + crlf);
  const lines = text.slice(0, end).split(crlf);
  const [a, b] = lines[0].split(' ');
  const get = (name) => lines.find((l) => l.toLowerCase().startsWith(name.toLowerCase() + ':'))?.slice(name.length + 1).trim() ?? '';
  return { text, lines, body: text.slice(end + 4), get, method: a.startsWith('SIP/') ? '' : a, status: a.startsWith('SIP/') ? Number(b) : 0 };
}

const tag = (h) => /;tag=/.test(h);

function reply(m, status, words, toTag = '', more = []) {
  const keep = m.lines.filter((l) => /^(via|from|call-id|cseq):/i.test(l));
  return [`SIP/2.0 ${status} ${words}`, ...keep, `To: ${m.get('To')}${tag(m.get('To')) ? '' : toTag}`, ...more, 'Content-Length: 0'].join(crlf) + crlf + crlf;
}
