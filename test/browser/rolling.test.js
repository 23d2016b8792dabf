// A floor under load, whose servers stop one after another: for an update, and for no reason at all.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears } from './lib/browser.js'
import { floor } from './lib/floor.js'
import { Load, callersTone } from './lib/load.js'
import { callSales, deskPhone } from './lib/scene.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { storyOn } from './lib/story.js'
import { until } from './lib/wait.js'

/** maria, tom, lea and kim at browsers, sam at a desk phone; nobody has work after a call, and only kim serves the support line. */
function team(file, text) {
  if (file === 'queues.yaml') return text.replace(/kind: timed .*\n\s+for: 30s.*/, 'kind: immediate')
  if (file !== 'agents.yaml') return text
  const maria = /  - id: maria[^]*?(?=  - id: sam)/.exec(text)[0]
  const sales = (text) => text.replaceAll('queues: [sales, support]', 'queues: [sales]')
  return sales(deskPhone(false)(file, text)) + ['tom', 'lea'].map((name) => sales(maria.replaceAll('maria', name))).join('') + maria.replaceAll('maria', 'kim')
}

/** The seconds of the longest silence that a phone heard between two of its places. */
function longestSilence(phone, from, to) {
  let [longest, since] = [0, from]
  for (let t = from; t < to; t += 0.1) {
    if (loudness(phone.between(t, t + 0.1)) > 0.002) since = t
    longest = Math.max(longest, t - since)
  }
  return longest
}

/** An agent at a browser who takes whatever comes; the page remembers what it has shown. */
async function worker(stage, name, hz, node) {
  const a = await Agent.start(stage.browser, stage, name, { hz, cookies: { NODE: node }, available: false })
  await a.page.evaluate(() => {
    window.__shown = new Set()
    const look = () => {
      for (const e of document.querySelectorAll('[data-testid]')) window.__shown.add(e.dataset.testid)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true })
    setInterval(() => document.querySelector('[data-testid="offer-accept"]')?.click(), 50)
  })
  await a.available()
  return a
}

const shown = (agent) => agent.page.evaluate(() => [...window.__shown])
const rows = (page) => page.evaluate(async () => (await (await fetch('/api/history?limit=100')).json()).items)

/** Which of the servers an agent's page is at, by its last line in a log. */
const isAt = (server, agent) => {
  const lines = server.log.match(new RegExp(`page (open|closed).*agent=${agent}\\b`, 'g'))
  return lines?.at(-1).startsWith('page open')
}

storyOn('an update: three servers are drained and started again one after another under load, and no call is cut', (ends) =>
  floor(ends, { edit: team }), async (stage) => {
  const { servers, people, phones, ends } = stage
  const phone = ends(await Baresip.start({ user: 'sam', domain: servers[2].sipAddress, password: 's3cret', register: true, answer: 'auto' }, 1300, undefined, phones))
  const team = await Promise.all([['maria', 1000, 'n1'], ['tom', 700, 'n2'], ['lea', 850, 'n3'], ['sam', 0, 'n1']].map((who) => worker(stage, ...who)))
  const load = ends(Load.start(servers, { host: people }))
  const started = (server) => server.log.match(/call started/g)?.length ?? 0
  const ann = await callSales({ server: servers[0], ends, phones }, { keys: '2#' }) // whom nobody serves
  const waits = () => assert.match(servers.find((s) => s.process.exitCode === null).ask('status'), /support +waiting 1,/)
  await until('ann waits', () => /queue=support/.test(servers[0].log))
  const waited = ann.sofar()

  for (const [n, server] of servers.entries()) {
    const before = started(server)
    await until('a call has come', () => started(server) > before, 20)
    const began = Date.now()
    const said = server.ask('drain', '--within', '1m')
    load.comes(server)
    assert.match(said, /stops when its last one is over \([1-9]/)
    assert.match(server.ask('status'), /draining until .*\((1m0s|59s) left\)/)
    await until(`server ${n + 1} has ended`, () => server.process.exitCode !== null, 60)
    assert.equal(server.process.exitCode, 0, server.log.slice(-3000))
    console.log(`server ${n + 1} ended after ${((Date.now() - began) / 1000).toFixed(1)} s`)
    for (const { name } of team) {
      assert.ok(!isAt(server, name), `${name} has left`)
      await until(`${name} is at another server`, () => servers.some((s) => s !== server && isAt(s, name)))
    }
    waits()
    await server.run()
  }
  const calls = await load.ended()
  const moved = servers.filter((s) => s.log.includes('call moved to another node')).length
  assert.ok(moved >= 2, 'ann moved away from where she was')
  waits()
  const heard = ann.sofar()
  await ann.stop()
  const silence = longestSilence(ann, waited, heard)
  console.log(`who waited all the time heard music with ${silence.toFixed(1)} s of silence at most`)
  assert.ok(silence < 1.5, 'music goes on')
  assert.deepEqual(calls.filter((c) => c.cut), [], 'nobody was cut off')
  assert.ok(calls.filter((c) => c.passed.length > 0).length >= 3, 'servers that are drained were passed over')

  const all = await until('the history is complete', async () => {
    const items = await rows(team.at(-1).page)
    return items.length === calls.length && items.every((i) => i.ended && i.recordingSeconds) && items
  }, 20)
  for (const row of all) {
    assert.equal(row.cause, 'normal', row.from)
    assert.equal(row.outcome, 'served', row.from)
    const agent = { maria: 1000, tom: 700, lea: 850, sam: 1300 }[row.agent]
    const file = servers.flatMap((s) => s.recordings()).find((f) => f.includes(`${row.id}.`))
    const { rate, seconds, channels } = readWAV(file)
    const heard = [callersTone, agent].map((hz, n) => {
      let tenths = 0
      for (let t = 0; t < seconds - 0.1; t += 0.1) if (level(channels[n].slice(t * rate, (t + 0.1) * rate), hz) > 0.1) tenths++
      return tenths / 10
    })
    assert.ok(Math.min(...heard) > 1, `${row.from} and ${row.agent} heard one another for ${heard} of ${seconds} s`)
  }
  const by = team.map(({ name }) => `${all.filter((r) => r.agent === name).length} by ${name}`)
  console.log(`${calls.length} calls, ${by.join(', ')}; ${calls.filter((c) => c.passed.length).length} went to another server`)
  for (const agent of team) {
    const seen = await shown(agent)
    assert.ok(seen.includes('banner-drain'), `${agent.name} was told`)
    for (const never of ['login-agent', 'banner-link']) assert.ok(!seen.includes(never), `${agent.name} never saw ${never}`)
    if (agent.name !== 'sam') await agent.stands('ready') // whose phone has not registered anew yet
  }
  assert.equal(servers[0].ask('doctor'), 'all is well\n')
})

storyOn('a server is killed: who waits at others hears music on and keeps the place, and its agents are back within three seconds, as they were', (ends) =>
  floor(ends, { edit: team }), async (stage) => {
  const { servers, phones, ends } = stage
  const [first, second, third] = servers
  const at3 = (name, hz, more) => Agent.start(stage.browser, stage, name, { hz, cookies: { NODE: 'n3' }, ...more })
  const sam = await Agent.start(stage.browser, stage, 'sam', { cookies: { NODE: 'n1' }, available: false })
  const maria = await at3('maria', 1000)
  const ann = await callSales({ server: first, ends, phones }, { user: 'ann' })
  await maria.see('offer')
  await maria.accept()
  const tom = await at3('tom', 700, { available: false })
  await tom.click('presence')
  await tom.click('presence-away-lunch')
  await until('tom is at lunch', async () => (await tom.text('presence-label')) === 'Lunch')
  const lea = await at3('lea', 850)
  const callers = {}
  for (const [n, user] of ['eve', 'bob', 'cid', 'dan'].entries()) callers[user] = await callSales({ server: servers[n % 2], ends, phones }, { user })
  await lea.see('offer') // which is eve's, and rings
  const kim = await at3('kim', 900, { available: false })
  await kim.click('presence')
  await kim.click('presence-available')
  await kim.see('offer') // bob's
  const waits = () => sam.page.evaluate(async () => (await (await fetch('/api/floor')).json()).queues.find((q) => q.name === 'sales').line)
  const line = async () => (await waits()).map((w) => w.from)
  assert.deepEqual((await waits()).map((w) => w.with), ['lea', 'kim', '', ''])
  const places = await line()
  await until('maria hears ann', async () => (await hears(maria.page, 440)).at[0] > -45)
  await sleep(1500)

  const [heard, killed] = [Object.fromEntries(Object.entries(callers).map(([user, c]) => [user, c.sofar()])), Date.now()]
  await third.kill()
  await kim.close() // her machine was in the same room
  const took = {}
  const since = async (what, is) => {
    await until(what, is, 15)
    took[what] = (Date.now() - killed) / 1000
  }
  await Promise.all([maria, tom, lea].map(({ name }) => since(`${name} is back`, () => isAt(first, name) || isAt(second, name))))
  await Promise.all([
    since('maria hears ann again', async () => (await hears(maria.page, 440)).at[0] > -45),
    since('tom is at lunch still', async () => (await tom.text('presence-label')) === 'Lunch'),
    since('lea is offered eve', async () => /eve/.test(await lea.text('offer'))),
    since('kim is not waited for', async () => (await waits())[1].with === ''),
  ])
  await maria.stands('busy')
  await sleep(Math.max(0, killed + 6000 - Date.now()))
  assert.deepEqual(await line(), places, 'everybody is where they were')
  console.log('seconds after the kill:', took)
  await lea.accept()
  await since('lea hears eve', async () => (await hears(lea.page, 440)).at[0] > -45)
  assert.deepEqual(await line(), places.slice(1))
  for (const name of ['maria', 'tom', 'lea']) assert.ok(took[`${name} is back`] < 3, `${name} was back after ${took[`${name} is back`]} s`)
  assert.ok(took['maria hears ann again'] < 6)
  assert.equal(first.ask('doctor'), 'all is well\n')

  for (const c of Object.values(callers)) await c.stop()
  await ann.stop()
  for (const user of ['bob', 'cid', 'dan']) {
    for (let t = heard[user] - 1; t < heard[user] + 5; t += 0.5) {
      assert.ok(loudness(callers[user].between(t, t + 0.5)) > 0.005, `${user} hears music ${(t - heard[user]).toFixed(1)} s after the kill`)
    }
  }
})
