// Two tabs talk over the relay: the whole browser side of a call, measured by tones. Needs `npm run build`.
//   node dev/talk.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import assert from 'node:assert/strict';
import { answerTrials, launch, listen, toneMicrophone } from './browser.mjs';

const port = 4181;
const base = `http://127.0.0.1:${port}`;
const server = spawn(process.execPath, [new URL('server.mjs', import.meta.url).pathname, String(port)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await once(server.stdout, 'data');
const browser = await launch();
try {
  await story();
  console.log('ok');
} finally {
  await browser.close();
  server.kill();
}

async function story() {
  const [maria, caller] = [await tab(1000), await tab(440)];
  await maria.goto(base);
  await maria.getByTestId('login-agent').fill('maria');
  await maria.getByTestId('login-password').fill('demo');
  await maria.getByTestId('login-submit').click();
  await maria.locator('[data-testid="check-line"][data-ok="true"]').waitFor();
  await maria.locator('[data-testid="check-network"][data-ok="true"]').waitFor();
  await maria.getByTestId('presence').click();
  await maria.getByTestId('presence-available').click();
  await maria.locator('[data-standing="ready"]').waitFor();

  await caller.goto(`${base}/phone`);
  await caller.getByTestId('phone-call').click();
  await maria.getByTestId('offer').waitFor();
  await caller.locator('[data-testid="phone-incall"][data-state="talking"]').waitFor(); // audio stands while it rings
  assert.ok((await caller.evaluate(listen)).level < -80, 'nothing is heard of the agent before the accept');
  const before = Date.now();
  await maria.keyboard.press('Enter');
  await maria.locator('[data-testid="call"][data-state="talking"]').waitFor();
  console.log(`accept to talking on the screen: ${Date.now() - before} ms`);
  await heard(maria, 440, 'the agent hears the caller');
  await heard(caller, 1000, 'the caller hears the agent');

  await maria.keyboard.press('m');
  await maria.locator('[data-muted="true"]').waitFor();
  assert.ok((await caller.evaluate(listen)).level < -80, 'muted is silent');
  await maria.keyboard.press('m');
  await maria.locator('[data-muted="false"]').waitFor();
  await heard(caller, 1000, 'the caller hears the agent again');
  await maria.keyboard.press('h');
  await maria.locator('[data-state="held"]').waitFor();
  assert.ok((await caller.evaluate(listen)).level < -80, 'a held caller hears nothing of the agent');
  await maria.keyboard.press('h');
  await heard(caller, 1000, 'and hears the agent after that');
  await maria.keyboard.press('k');
  await maria.keyboard.press('5');
  await maria.keyboard.press('#');
  await maria.keyboard.press('k');
  await caller.getByTestId('key-5').click();

  await maria.keyboard.press('e');
  await maria.getByTestId('end-confirm').waitFor();
  await maria.keyboard.press('Enter');
  await maria.getByTestId('wrapup').waitFor();
  await maria.keyboard.press('2');
  await maria.getByTestId('wrapup-note').fill('called back');
  await maria.keyboard.press('Control+Enter');
  await maria.getByTestId('idle').waitFor();
  await reload(maria);
  const log = await (await fetch(`${base}/dev/log`)).json();
  assert.deepEqual(
    log.filter((l) => /digits$/.test(l.path ?? '')).map((l) => l.body.keys),
    ['5', '#'],
  );
  assert.deepEqual(log.find((l) => /wrapup/.test(l.path ?? '')).body, { code: 'follow_up', note: 'called back' });
  const devices = log.filter((l) => l.type === 'device');
  assert.deepEqual(devices.at(-1), { type: 'device', channel: 'voice', ok: true, reason: '' });
}

/** A reload in the middle of a call: the screen and the registration are back by themselves. */
async function reload(page) {
  const call = {
    id: 'c-9',
    lease: 'o-9',
    state: 'talking',
    from: '+49',
    name: '',
    queue: 'support',
    queueLabel: 'Support',
    talkedMs: 60_000,
    heldMs: 0,
    muted: false,
    recording: true,
  };
  await fetch(`${base}/dev/state`, { method: 'POST', body: JSON.stringify({ call }) });
  await page.getByTestId('call').waitFor();
  const before = Date.now();
  await page.reload({ waitUntil: 'commit' });
  await page.getByTestId('call').waitFor();
  const shown = Date.now() - before;
  await page.locator('[data-testid="sound-status"][data-ok="true"]').waitFor();
  console.log(
    `reload to the same call on the screen: ${shown} ms, registered with a microphone: ${Date.now() - before} ms`,
  );
}

async function tab(hz) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(answerTrials);
  await page.addInitScript(toneMicrophone, hz);
  page.on('pageerror', (e) => console.error('page error:', e.message));
  page.on('console', (m) => m.type() === 'error' && console.error('console:', m.text()));
  return page;
}

async function heard(page, hz, what) {
  const found = await page.evaluate(listen);
  assert.ok(Math.abs(found.hz - hz) <= 5 && found.level > -60, `${what}: ${JSON.stringify(found)}`);
}
