// A stand-in for the server while working on the pages: the API with made-up calls, and a SIP relay that joins the
// customer's page with the console directly, browser to browser. It is never part of the product.
//
//   node dev/server.mjs [port]      pages from dist; agent "maria", any password but "wrong"
//   POST /dev/state {…}             merges into the State that the console sees (for screenshots)
//   POST /dev/drop                  cuts all event sockets; POST /dev/down {"down":true} refuses new ones
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';
import { Relay } from './sip.mjs';
import { demo, history, recording } from './facts.mjs';

const port = Number(process.argv[2] ?? 4180);
const dist = join(import.meta.dirname, '..', 'dist');
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const state = demo();
const stamps = new Map(); // when a counting number of the state was last right
let seq = 0;
let down = false;
const watchers = new Set();
const log = []; // what the console asked, for tests: GET /dev/log
let call = null; // the one call of this world
const relay = new Relay({
  incoming(id, from) {
    call = { id, from };
    if (state.agent.chosen !== 'available') return;
    offer(id, from);
    relay.toAgent(id);
  },
  gone() {
    if (state.offer) state.offer = null;
    if (state.call) wrapup();
    call = null;
    publish();
  },
  registered: (there) => {
    state.agent.device = { ok: there, kind: 'browser', reason: there ? '' : "the browser's phone is not connected" };
    if (there && call && state.call) relay.toAgent(call.id);
    publish();
  },
});

function offer(id, from) {
  state.offer = {
    id: `o-${id}`,
    call: id,
    queue: 'support',
    queueLabel: 'Support',
    from,
    name: 'Web caller',
    to: '100',
    entry: 'Main number',
    waitedMs: 12_000,
    deadlineMs: 20_000,
    pressed: [{ step: 'main menu', key: '1' }],
  };
  publish();
}

function wrapup() {
  state.wrapup = {
    lease: state.call.lease,
    call: state.call.id,
    queue: 'support',
    leftMs: 30_000,
    required: true,
    dispositions: demo.dispositions,
  };
  state.call = null;
}

function publish() {
  const a = state.agent;
  a.busy = !!(state.offer || state.call || state.wrapup);
  a.routable = a.chosen === 'available' && !a.busy && a.device.ok && a.system === 'none';
  if (a.chosen === 'available' && !a.busy && !a.device.ok) a.why = a.device.reason;
  count();
  const text = JSON.stringify({ seq: ++seq, type: 'state', state: { ...state, now: Date.now() } });
  for (const w of watchers) w.send(text);
}

/** Lets the durations in the state run on, as the real server's do. */
function count() {
  const now = Date.now();
  const tick = (key, here, fn) => {
    if (!here) return stamps.delete(key);
    fn(now - (stamps.get(key) ?? now));
    stamps.set(key, now);
  };
  tick('offer', state.offer, (d) => ((state.offer.deadlineMs -= d), (state.offer.waitedMs += d)));
  tick('talk', state.call, (d) => (state.call[state.call.state === 'held' ? 'heldMs' : 'talkedMs'] += d));
}

const session = () => ({
  agent: { id: 'maria', name: 'Maria Lindqvist', role: 'supervisor', device: 'browser' },
  viewer: state.viewer ?? false,
  sip: { user: 'maria', password: 'x', uri: 'sip:maria@callfloor', path: '/sip', expires: 300 },
  reasons: [
    { code: 'lunch', label: 'Lunch' },
    { code: 'meeting', label: 'Meeting' },
    { code: 'break', label: 'Short break' },
  ],
});

const routes = {
  'POST /api/login': (b) =>
    b.password === 'wrong'
      ? [401, problem('wrong name or password')]
      : [200, session(), { 'Set-Cookie': 'callfloor_session=1; HttpOnly; SameSite=Strict; Path=/' }],
  'GET /api/session': (_, req) =>
    req.headers.cookie?.includes('callfloor_session=1') ? [200, session()] : [401, problem('no session')],
  'POST /api/logout': () =>
    state.call
      ? [409, { ...problem('work is open'), code: 'open_work' }]
      : [204, null, { 'Set-Cookie': 'callfloor_session=0; Path=/' }],
  'POST /api/presence': (b) => {
    if (b.afterThis) state.agent.next = `away:${b.reason}`;
    else Object.assign(state.agent, { chosen: b.chosen, reason: b.reason, next: 'none', since: Date.now() });
    return [204];
  },
  'POST /api/back': () => ((state.agent.system = 'none'), [204]),
  'GET /api/history': (_, __, url) => {
    const q = (url.searchParams.get('q') ?? '').toLowerCase();
    return [
      200,
      {
        items: url.searchParams.get('before')
          ? []
          : history.filter((i) => `${i.from} ${i.name} ${i.note}`.toLowerCase().includes(q)),
      },
    ];
  },
  'GET /api/floor': () => [200, demo.floor()],
  'GET /api/floor/today': () => [200, demo.today()],
  'GET /api/transfer-targets': () => [
    200,
    { queues: demo().queues.map((q, n) => ({ ...q, open: n < 2 })), agents: [] },
  ],
  'GET /api/audit': () => [200, demo.audit()],
  'GET /api/why-not': () => [200, { items: demo.whyNot() }],
  'GET /api/interactions/c-1/explanation': () => [200, demo.explanation],
  'GET /api/phone': () => [
    200,
    {
      sip: { uri: 'sip:callfloor', path: '/sip' },
      numbers: [
        { number: '100', label: 'Main number' },
        { number: '200', label: 'Opening hours' },
      ],
    },
  ],
  'POST /dev/state': (b) => {
    for (const [k, v] of Object.entries(b))
      state[k] = v && typeof v === 'object' && !Array.isArray(v) && state[k] ? { ...state[k], ...v } : v;
    stamps.clear();
    return [204];
  },
  'POST /dev/drop': () => (watchers.forEach((w) => w.terminate()), [204]),
  'POST /dev/down': (b) => ((down = b.down), watchers.forEach((w) => w.terminate()), [204]),
  'GET /dev/log': () => [200, log],
};

function verbs(path, body) {
  const [, kind, id, verb] = /^\/api\/(offers|calls|wrapup|history)\/([^/]+)\/?(\w*)$/.exec(path) ?? [];
  const o = state.offer;
  if (kind === 'offers') {
    if (o?.id !== id) return [409, { ...problem('over'), code: 'expired' }];
    state.offer = null;
    if (verb === 'accept')
      state.call = {
        id: o.call,
        lease: o.id,
        state: 'talking',
        from: o.from,
        name: o.name,
        queue: o.queue,
        queueLabel: o.queueLabel,
        talkedMs: 0,
        heldMs: 0,
        muted: false,
        recording: true,
      };
    else relay.endAgent();
    return [204];
  }
  if (kind === 'calls') {
    if (state.call?.id !== id) return [404, { ...problem('no such call'), code: 'not_found' }];
    if (verb === 'mute' || verb === 'unmute') state.call.muted = verb === 'mute';
    if (verb === 'hold') state.call.state = 'held';
    if (verb === 'resume') state.call.state = 'talking';
    if (verb === 'end') {
      wrapup();
      relay.end();
    }
    return [204];
  }
  if (kind === 'wrapup') return ((state.wrapup = null), [204, body]);
  if (kind === 'history') return [200, history.find((i) => i.id === id)];
  return [404, problem('not found')];
}

const problem = (detail) => ({ title: detail, detail, status: 400 });

const server = createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  const chunks = [];
  for await (const c of req) chunks.push(c);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString() || '{}') : {};
  if (url.pathname.startsWith('/api/recordings/')) return wav(req, res);
  if (!url.pathname.startsWith('/api') && !url.pathname.startsWith('/dev')) return page(url.pathname, res);
  if (req.method === 'POST' && url.pathname.startsWith('/api')) log.push({ path: url.pathname, body });
  if (down && url.pathname.startsWith('/api')) return req.socket.destroy();
  const route = routes[`${req.method} ${url.pathname}`];
  const [status, value, headers] = route ? route(body, req, url) : verbs(url.pathname, body);
  res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  res.end(status === 204 ? '' : JSON.stringify(value));
  if (req.method === 'POST') publish();
});

function page(path, res) {
  const name = { '/': 'index.html', '/phone': 'phone.html' }[path] ?? normalize(path).slice(1);
  const file = join(dist, name);
  if (!existsSync(file)) return res.writeHead(404).end();
  const nonce = Math.random().toString(36).slice(2);
  const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
  res.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  if (!name.endsWith('.html')) return createReadStream(file).pipe(res);
  res.setHeader('Content-Security-Policy', policy);
  res.end(readFileSync(file, 'utf8').replaceAll('CALLFLOOR_NONCE', nonce));
}

function wav(req, res) {
  const [from, to] = (/bytes=(\d+)-(\d*)/.exec(req.headers.range ?? '') ?? []).slice(1);
  const end = to ? Number(to) : recording.length - 1;
  const head = { 'Content-Type': 'audio/wav', 'Accept-Ranges': 'bytes' };
  if (from === undefined) return res.writeHead(200, { ...head, 'Content-Length': recording.length }).end(recording);
  res
    .writeHead(206, { ...head, 'Content-Range': `bytes ${from}-${end}/${recording.length}` })
    .end(recording.subarray(Number(from), end + 1));
}

const events = new WebSocketServer({ noServer: true });
const sip = new WebSocketServer({ noServer: true, handleProtocols: () => 'sip' });
server.on('upgrade', (req, socket, head) => {
  if (down) return socket.destroy();
  if (req.url === '/sip') return sip.handleUpgrade(req, socket, head, (ws) => relay.join(ws));
  if (!req.url.startsWith('/api/events')) return socket.destroy();
  events.handleUpgrade(req, socket, head, (ws) => {
    watchers.add(ws);
    ws.on('close', () => watchers.delete(ws));
    ws.on('message', (m) => {
      const said = JSON.parse(m);
      if (said.type === 'ping') ws.send('{"type":"pong"}');
      else log.push(said);
    });
    publish();
  });
});
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/ and /phone`));
