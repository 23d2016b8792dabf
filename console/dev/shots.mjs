// Pictures of every state of both pages, light and dark, to be looked at. Needs `npm run build`.
//   node dev/shots.mjs DIRECTORY
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { demo } from './facts.mjs';
import { answerTrials, launch, toneMicrophone } from './browser.mjs';

const out = process.argv[2] ?? 'shots';
mkdirSync(out, { recursive: true });
const port = 4182;
const base = `http://127.0.0.1:${port}`;
const server = spawn(process.execPath, [new URL('server.mjs', import.meta.url).pathname, String(port)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await once(server.stdout, 'data');
const browser = await launch();
const post = (path, body = {}) => fetch(base + path, { method: 'POST', body: JSON.stringify(body) });

const offer = {
  id: 'o-1',
  call: 'c-1',
  queue: 'support',
  queueLabel: 'Support',
  from: '+442079460958',
  name: 'Amira Haddad',
  to: '+442079460100',
  entry: 'Main number',
  waitedMs: 47_000,
  deadlineMs: 16_400,
  pressed: [
    { step: 'language', key: '1' },
    { step: 'main_menu', key: '2' },
  ],
};
const call = {
  id: 'c-1',
  lease: 'o-1',
  state: 'talking',
  from: '+442079460958',
  name: 'Amira Haddad',
  queue: 'support',
  queueLabel: 'Support',
  talkedMs: 250_000,
  heldMs: 0,
  muted: false,
  recording: true,
};
const wrapup = {
  lease: 'o-1',
  call: 'c-1',
  queue: 'support',
  leftMs: 23_000,
  required: true,
  dispositions: demo.dispositions,
};

try {
  for (const scheme of ['light', 'dark']) await consoleShots(scheme);
  await phoneShots();
} finally {
  await browser.close();
  server.kill();
}

async function page(scheme, width, height, microphone = toneMicrophone) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const p = await context.newPage();
  await p.addInitScript(answerTrials);
  await p.addInitScript(microphone, 440);
  p.on('pageerror', (e) => console.error('page error:', e.message));
  p.on('console', (m) => m.type() === 'error' && !m.text().includes('401') && console.error('console:', m.text()));
  return p;
}

async function consoleShots(scheme) {
  const p = await page(scheme, 1280, 800);
  const set = async (s) => {
    await post('/dev/state', { offer: null, call: null, wrapup: null, viewer: false, ...s });
    await p.waitForTimeout(350);
  };
  const shot = (name) => p.screenshot({ path: `${out}/${scheme}-${name}.png` });
  await post('/dev/state', { agent: demo().agent });
  await p.goto(base);
  await p.getByTestId('login-agent').fill('maria');
  await p.getByTestId('login-password').fill('wrong');
  await p.getByTestId('login-submit').click();
  await p.getByTestId('login-problem').waitFor();
  await shot('01-login');
  await p.getByTestId('login-password').fill('demo');
  await p.getByTestId('login-submit').click();
  await p.locator('[data-testid="check-line"][data-ok="true"]').waitFor();
  await p.waitForTimeout(400);
  await shot('02-away');
  await p.keyboard.press('s');
  await p.waitForTimeout(250);
  await shot('03-status-menu');
  await p.getByTestId('presence-available').click();
  await p.waitForTimeout(400);
  await shot('04-available');
  await set({ offer });
  await shot('05-offer');
  await set({ call });
  await shot('06-talking');
  await p.keyboard.press('k');
  await p.waitForTimeout(150);
  await shot('07-keypad');
  await p.keyboard.press('k');
  await set({ call: { ...call, muted: true } });
  await shot('08-muted');
  await set({ call: { ...call, state: 'held', heldMs: 31_000 } });
  await shot('09-held');
  await set({ call });
  await p.keyboard.press('e');
  await p.waitForTimeout(250);
  await shot('10-end');
  await p.keyboard.press('Escape');
  await consultShots(set, shot);
  await set({ wrapup });
  await p.keyboard.press('1');
  await p.waitForTimeout(100);
  await shot('11-wrapup');
  await set({});
  await p.getByTestId('history-item').nth(1).locator('button').first().click();
  await p.getByTestId('player').waitFor();
  await p.waitForTimeout(300);
  await shot('12-history');
  await p.keyboard.press('?');
  await p.waitForTimeout(250);
  await shot('13-keys');
  await p.keyboard.press('Escape');
  await set({ agent: { system: 'away_idle' } });
  await shot('14-missed');
  await set({ agent: { system: 'none' }, call: { ...call, state: 'lost' } });
  await post('/dev/down', { down: true });
  await p.waitForTimeout(500);
  await shot('15-lost');
  await post('/dev/down', { down: false });
  await p.locator('[data-testid="banner-link"]').waitFor({ state: 'detached' });
  await set({ agent: { device: { ok: true, kind: 'phone', reason: '' } } });
  await set({ agent: { device: { ok: true, kind: 'phone', reason: '' } }, offer });
  await shot('16-desk-phone');
  await set({ agent: { device: { ok: true, kind: 'browser', reason: '' } } });
  await p.setViewportSize({ width: 900, height: 800 });
  await set({ offer });
  await shot('17-narrow-offer');
  await set({ call: { ...call, state: 'held', heldMs: 31_000 } });
  await shot('18-narrow-held');
  await set({ viewer: true, agent: { viewer: true }, call });
  await p.setViewportSize({ width: 1280, height: 800 });
  await set({ viewer: true, agent: { viewer: true }, call });
  await shot('19-viewer');
  await set({ agent: { viewer: false } });
  await floorShots(p, shot);
  await p.context().close();
  await refusedShot(scheme);
}

/** Asking a colleague about the caller, and being asked. */
async function consultShots(set, shot) {
  const toward = (state) => ({ agent: 'sam', name: 'Sam Taylor', purpose: 'consult', state });
  const party = (id, role, name, more) => ({
    id,
    role,
    name,
    number: '',
    place: '',
    state: 'talking',
    muted: false,
    asked: false,
    sinceMs: 0,
    me: false,
    hears: [],
    ...more,
  });
  const amira = (more) => party('l-1', 'customer', call.name, { number: call.from, ...more });
  const maria = (more) => party('maria', 'agent', 'Maria Lindqvist', { me: true, ...more });
  const sam = (more) => party('sam', 'agent', 'Sam Taylor', { place: 'aside', ...more });
  const expert = party('l-9', 'expert', '', {
    number: '+442079460018',
    place: 'among',
    hears: ['l-1', 'maria', 'sam'],
  });
  const theirs = { owner: 'Maria Lopez', note: 'She wants a refund after 40 days. May I?', place: 'aside' };
  await set({ call: { ...call, state: 'held', heldMs: 4000, toward: toward('ringing') } });
  await shot('21-consult-rings');
  const apart = [amira({ state: 'held' }), maria({ hears: ['sam'] }), sam({ hears: ['maria'] })];
  await set({ call: { ...call, state: 'held', heldMs: 31_000, parties: apart } });
  await shot('22-consult-private');
  const swapped = [amira({ hears: ['maria'] }), maria({ hears: ['l-1'] }), sam({ state: 'held' })];
  await set({ call: { ...call, heldMs: 31_000, parties: swapped } });
  await shot('23-consult-swapped');
  await set({ call: { ...call, toward: toward('left') } });
  await shot('24-consult-left');
  const all = [
    amira({ hears: ['maria', 'sam', 'l-9'] }),
    maria({ hears: ['l-1', 'sam', 'l-9'] }),
    sam({ place: 'among', muted: true, hears: ['l-1', 'maria', 'l-9'] }),
    expert,
  ];
  await set({ call: { ...call, parties: all } });
  await shot('27-conference');
  await set({
    call: {
      ...call,
      place: 'listening',
      owner: 'Sam Taylor',
      parties: [
        amira({ hears: ['sam'] }),
        sam({ place: '', hears: ['l-1'] }),
        maria({ role: 'supervisor', place: 'listening', hears: ['l-1', 'sam'] }),
      ],
    },
  });
  await shot('28-listening');
  await set({ offer: { ...offer, by: 'Maria Lopez', note: theirs.note, purpose: 'consult' } });
  await shot('25-asked');
  await set({ call: { ...call, ...theirs } });
  await shot('26-consulted');
}

/** What a supervisor sees, and why nothing comes to an agent. */
async function floorShots(p, shot) {
  const opened = async (name) => {
    await p.waitForTimeout(400);
    await shot(name);
    await p.keyboard.press('Escape');
    await p.waitForTimeout(250);
  };
  await p.keyboard.press('w');
  await p.getByTestId('why-item').first().waitFor();
  await opened('40-why-not-me');
  await p.keyboard.press('f');
  await p.getByTestId('floor-agent-maria').waitFor();
  await p.waitForTimeout(200);
  await shot('41-floor');
  await p.getByTestId('floor-waiting').first().click();
  await p.getByTestId('candidates').waitFor();
  await opened('42-floor-waiting');
  await p.getByTestId('floor-agent-maria').getByRole('button').click();
  await p.getByTestId('why-item').first().waitFor();
  await opened('43-floor-agent');
  await p.getByTestId('floor-call-c+4640123456-move').click();
  await p.getByTestId('move-queues').waitFor();
  await opened('45-floor-move');
  await p.setViewportSize({ width: 1920, height: 1080 });
  await p.waitForTimeout(200);
  await shot('46-floor-wide');
  await p.getByTestId('view').getByText('Audit').click();
  await p.getByTestId('audit-row').first().waitFor();
  await shot('47-audit');
  await p.getByTestId('view').getByText('Floor').click();
  await p.setViewportSize({ width: 860, height: 800 });
  await p.waitForTimeout(200);
  await shot('44-floor-narrow');
}

/** The console whose browser does not give it the microphone. */
async function refusedShot(scheme) {
  const p = await page(scheme, 1280, 800, refusedMicrophone);
  await post('/dev/state', { agent: { chosen: 'available' }, offer: null, call: null, wrapup: null });
  await p.goto(base);
  await p.getByTestId('login-agent').fill('maria');
  await p.getByTestId('login-password').fill('demo');
  await p.getByTestId('login-submit').click();
  await p.locator('[data-testid="check-microphone"][data-ok="false"]').waitFor();
  await p.waitForTimeout(400);
  await p.screenshot({ path: `${out}/${scheme}-20-microphone-refused.png` });
  await p.context().close();
}

function refusedMicrophone() {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
}

async function phoneShots() {
  for (const scheme of ['light', 'dark'])
    for (const [width, height] of [
      [390, 800],
      [900, 800],
    ])
      await phoneShot(scheme, width, height);
  await talkShot();
}

async function phoneShot(scheme, width, height) {
  await post('/dev/state', { agent: { chosen: 'away' }, offer: null, call: null, wrapup: null });
  const p = await page(scheme, width, height);
  const shot = (name) => p.screenshot({ path: `${out}/${scheme}-${name}-${width}.png` });
  await p.goto(`${base}/phone`);
  await p.getByTestId('phone-call').waitFor();
  await p.waitForTimeout(200);
  await shot('30-phone');
  await p.getByTestId('phone-call').click();
  await p.getByTestId('phone-incall').waitFor();
  await p.waitForTimeout(300);
  await shot('31-phone-calling');
  await p.getByTestId('phone-hangup').click();
  await p.waitForTimeout(400);
  await shot('32-phone-ended');
  await p.evaluate(refusedMicrophone);
  await p.getByTestId('phone-call').click();
  await p.waitForTimeout(400);
  await shot('33-phone-refused');
  await p.context().close();
}

/** The phone in a real call with the console. */
async function talkShot() {
  const [agent, p] = [await page('light', 1280, 800), await page('light', 390, 800)];
  await agent.goto(base);
  await agent.getByTestId('login-agent').fill('maria');
  await agent.getByTestId('login-password').fill('demo');
  await agent.getByTestId('login-submit').click();
  await agent.locator('[data-testid="sound-status"][data-ok="true"]').waitFor();
  await post('/dev/state', { agent: { chosen: 'available' } });
  await p.goto(`${base}/phone`);
  await p.getByTestId('phone-call').click();
  await agent.getByTestId('offer-accept').click();
  await p.locator('[data-state="talking"]').waitFor();
  await p.getByTestId('key-2').click();
  await p.waitForTimeout(1500);
  await p.screenshot({ path: `${out}/light-34-phone-talking.png` });
  await agent.screenshot({ path: `${out}/light-35-talking-for-real.png` });
}
