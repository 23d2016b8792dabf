// What an admin does: checks, reloads, drains, and reads clear words when something is wrong.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Baresip } from './lib/baresip.js'
import { freePort } from './lib/ports.js'
import { talking } from './lib/scene.js'
import { Server, program, root } from './lib/server.js'
import { SIPp } from './lib/sipp.js'
import { story } from './lib/story.js'
import { temporary } from './lib/temp.js'
import { until } from './lib/wait.js'

const run = (...args) => spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 })

test('check tells every mistake with file, line, column and a suggestion', () => {
  const dir = join(temporary('check-'), 'config')
  cpSync(join(root, 'configs/demo'), dir, { recursive: true })
  const right = run('check', dir)
  assert.equal(right.status, 0, right.stderr)
  const edit = (file, from, to) => writeFileSync(join(dir, file), readFileSync(join(dir, file), 'utf8').replace(from, to))
  edit('queues.yaml', 'ring: 20s', 'ring: twenty')
  edit('agents.yaml', 'queues: [sales, support]', 'queues: [sale]')
  edit('flows/main.yaml', 'then: menu}', 'then: menue}')
  edit('callfloor.yaml', 'session: 12h', 'sesion: 12h')
  const wrong = run('check', dir)
  assert.equal(wrong.status, 1)
  for (const line of [/queues\.yaml:\d+:\d+: "twenty" is no duration/, /agents\.yaml:\d+:\d+: .*sale.*did you mean sales\?/,
    /flows\/main\.yaml:\d+:\d+: .*menue.*did you mean menu\?/, /callfloor\.yaml:\d+:\d+: unknown key "sesion" \(did you mean session\?\)/])
    assert.match(wrong.stdout + wrong.stderr, line)
})

test('a hash from passwd, a version, and a status without a server', () => {
  const hash = spawnSync(program, ['passwd'], { input: 'open sesame\n', encoding: 'utf8' })
  assert.match(hash.stdout, /^\$argon2id\$v=19\$/)
  assert.match(run('version').stdout, /^callfloor .*go1\./)
  const none = run('status', '--data', '/nonexistent')
  assert.equal(none.status, 1)
  assert.equal(none.stderr.trim().split('\n').length, 1, none.stderr)
})

test('ready within two seconds; a port in use, an unusable directory: one clear line', async () => {
  const began = Date.now()
  const server = await Server.start()
  const took = (Date.now() - began) / 1000
  console.log(`ready after ${took.toFixed(2)} s`)
  assert.ok(took < 2)
  const config = join(server.dir, 'config')
  const other = temporary('other-')
  writeFileSync(join(other, 'a-file'), '')
  const alone = ['--webrtc', String(await freePort())]
  for (const [args, words] of [
    [['serve', config], /in use by another/],
    [['serve', config, '--data', join(other, 'd1')], /media\.webrtc: .*address already in use/],
    [['serve', config, '--data', join(other, 'd1'), ...alone], /http\.listen: .*address already in use/],
    [['serve', config, '--data', join(other, 'a-file')], /a-file/],
    [['serve', config, '--data', join(other, 'd2'), ...alone, '--http', '127.0.0.1:99999'], /99999/],
  ]) {
    const { status, stdout, stderr } = run(...args)
    assert.equal(status, 1)
    assert.match(stderr, words)
    assert.equal(stderr.trim().split('\n').length, 1, stderr + stdout)
  }
  const status = run('status', '--data', server.data)
  assert.match(status.stdout, /calls/i, status.stderr)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /^callfloor_calls/m)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  await server.stop()
})

story('files change under a call: right ones count, a wrong one changes nothing', {}, async (stage) => {
  const { server } = stage
  const { maria } = await talking(stage)
  const file = (name) => join(server.dir, 'config', name)
  const edit = (name, from, to) => writeFileSync(file(name), readFileSync(file(name), 'utf8').replace(from, to))

  edit('queues.yaml', 'label: Support', 'label: Helpers')
  await until('the new label is shown', async () => /Helpers/.test(await maria.text('queues')))
  await maria.hears(440)

  edit('queues.yaml', 'label: Helpers', 'label: Nobody\n    ring: never')
  await until('the mistake is told', () => /queues\.yaml:\d+:\d+/.test(server.log))
  await sleep(500)
  assert.match(await maria.text('queues'), /Helpers/)
  await maria.hears(440)

  edit('queues.yaml', 'label: Nobody\n    ring: never', 'label: Experts')
  server.process.kill('SIGHUP')
  await until('SIGHUP reloads', async () => /Experts/.test(await maria.text('queues')))
  appendFileSync(file('callfloor.yaml'), 'recordings: {dir: /tmp/elsewhere}\n')
  await until('what needs a restart is told', () => /restart/.test(server.log))
  await maria.hears(440)
})

story('drain: live calls go on, new ones are told to try again, and the server ends with the last call', {}, async (stage) => {
  const { server } = stage
  const { maria, caller } = await talking(stage)
  const gone = new Promise((r) => server.process.once('exit', r))
  server.process.kill('SIGTERM')
  await until('not ready', async () => (await fetch(`${server.url}/readyz`)).status === 503)
  const second = SIPp.call(server, '100', { steps: [{ pause: 10 }] })
  assert.notEqual(await second.ended, 0, 'a new call is refused')
  assert.match(second.messages(), /SIP\/2\.0 503[\s\S]*Retry-After: \d+/i)
  await maria.hears(440)
  caller.hangup()
  await maria.see('wrapup')
  assert.equal(await gone, 0)
  assert.match(server.log, /every call is over/)
})

test('a server that was told twice to stop ends its calls', { timeout: 20_000 }, async () => {
  const server = await Server.start()
  const caller = await Baresip.start({ user: 'ann', domain: server.sipAddress })
  caller.dial(`sip:100@${server.sipAddress}`)
  await caller.inCall()
  const gone = new Promise((r) => server.process.once('exit', r))
  server.process.kill('SIGTERM')
  await sleep(300)
  assert.equal(server.process.exitCode, null)
  server.process.kill('SIGTERM')
  await gone
  await caller.over(5)
  await caller.stop()
})
