// The machine of a server dies and stays dead, with callers in talks and in the queue: another server goes on with them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears } from './lib/browser.js'
import { floor } from './lib/floor.js'
import { callSales, deskPhone } from './lib/scene.js'
import { SIPp } from './lib/sipp.js'
import { level, readWAV } from './lib/sound.js'
import { storyOn } from './lib/story.js'
import { temporary } from './lib/temp.js'
import { until } from './lib/wait.js'

/** How long a dead server's callers may hear nothing, in seconds. */
const within = 12

/** Notes, all the time, how much sound a phone has heard: what it heard has a moment then. */
class Ear {
  constructor(phone) {
    this.phone = phone
    this.notes = []
    this.timer = setInterval(() => this.notes.push([Date.now(), phone.sofar()]), 50)
  }

  stop() { clearInterval(this.timer) }

  /** Waits until the phone hears anything at all again, since a moment. */
  sound(since) {
    const before = this.notes.findLast(([t]) => t <= since + 700)[1] // what was on the way
    return until(`${this.phone.name} hears something`, () => this.notes.at(-1)[1] > before + 0.5, 20)
  }

  /** Seconds from a moment until the phone heard a tone, for half a second; once it has stopped. */
  again(hz, since) {
    const before = this.notes.findLast(([t]) => t <= since + 700)[1]
    for (let at = before; at < this.notes.at(-1)[1] - 0.5; at += 0.05) {
      if (Math.min(...[0, 0.1, 0.2, 0.3, 0.4].map((d) => level(this.phone.between(at + d, at + d + 0.1), hz))) < 0.1) continue
      return (this.notes.find(([, heard]) => heard >= at + 0.5)[0] - since) / 1000
    }
    return Infinity
  }
}

/** The configuration's edit: a desk phone for sam, and a trunk to whom the callers' machine belongs. */
const setting = (file, text) => {
  if (file === 'trunks.yaml') return `trunks:\n  - name: provider\n    addresses: ["10.213.0.0/16"]\n`
  return deskPhone(false)(file, text)
}

const rows = (page) => page.evaluate(async () => (await (await fetch('/api/history')).json()).items)

/** A recording as the page gets it: {channels, …, missing: parts that are not there}. */
async function recording(page, id) {
  const { status, missing, url } = await page.evaluate(async (id) => {
    const r = await fetch(`/api/recordings/${id}`)
    const reader = new FileReader()
    const read = new Promise((done) => (reader.onload = done))
    reader.readAsDataURL(await r.blob())
    await read
    return { status: r.status, missing: Number(r.headers.get('Callfloor-Parts-Missing')), url: reader.result }
  }, id)
  assert.equal(status, 200)
  const file = join(temporary('heard-'), 'recording.wav')
  writeFileSync(file, Buffer.from(url.split(',')[1], 'base64'))
  return { ...readWAV(file), missing }
}

/** Seconds of a recording in which both voices are heard, and in which neither is. */
function voices({ rate, seconds, channels }, caller, agent, from = 0, to = seconds) {
  const found = { both: 0, neither: 0 }
  for (let t = from; t < to - 0.1; t += 0.1) {
    const [left, right] = [caller, agent].map((hz, n) => level(channels[n].slice(Math.round(t * rate), Math.round((t + 0.1) * rate)), hz) > 0.1)
    if (left && right) found.both += 0.1
    if (!left && !right) found.neither += 0.1
  }
  return found
}

storyOn('the server of the callers is killed and stays dead: within 12 s both sides of each talk hear each other, the queue is as it was, and the recording has both halves', (ends) =>
  floor(ends, { edit: setting }), async (stage) => {
  const { browser, servers, phones, ends } = stage
  const [first, second, third] = servers
  const phone = ends(await Baresip.start({ user: 'sam', domain: first.sipAddress, password: 's3cret', register: true }, 1300, undefined, phones))
  const maria = await Agent.start(browser, stage, 'maria', { cookies: { NODE: 'n2' } })
  const ann = await callSales({ server: first, ends, phones })
  await maria.see('offer')
  await maria.accept()
  const sam = await Agent.start(browser, stage, 'sam', { cookies: { NODE: 'n3' } })
  const dora = await callSales({ server: first, ends, phones }, { user: 'dora' })
  await until('the desk phone rings', () => phone.saw('CALL_INCOMING'))
  phone.accept()
  await sam.see('call')
  await phone.inCall()
  const bob = ends(SIPp.call(first, '100', {
    from: 'bob', host: phones, port: await phones.port(), steps: [{ pause: 400 }, { info: 1 }, { hums: 600 }, { told: true }, { bye: true }],
  }))
  const line = () => sam.page.evaluate(async () => (await (await fetch('/api/floor')).json()).queues.find((q) => q.name === 'sales').line)
  const waits = async () => (await line()).map((w) => w.from).join(' ')
  await until('bob waits', async () => (await waits()) === 'bob', 20)
  const cid = await callSales({ server: first, ends, phones }, { user: 'cid' })
  await until('cid waits behind him', async () => (await waits()) === 'bob cid', 20)
  const places = await line()
  await until('maria hears ann', async () => (await hears(maria.page, 440)).at[0] > -45)
  const ears = Object.entries({ ann, dora, phone }).map(([name, p]) => ends(new Ear(Object.assign(p, { name }))))
  await sleep(1500) // there is sound in the files

  const killed = Date.now()
  await first.kill()
  await until('maria hears ann no more', async () => (await hears(maria.page, 440)).at[0] < -70, 5)
  const marias = until('maria hears ann again', async () => (await hears(maria.page, 440)).at[0] > -45, 20).then(() => (Date.now() - killed) / 1000)
  await Promise.all(ears.map((e) => e.sound(killed)))
  const took = { maria: await marias }
  assert.ok([second, third].some((s) => /call of a dead node taken over/.test(s.log)))
  await until('both wait on, in the same order', async () => (await waits()) === 'bob cid')
  const now = await line()
  assert.ok(now.every((w, n) => w.waitedMs > places[n].waitedMs + 8000), 'who has waited goes on waiting')
  await sleep(2500) // which are heard

  // Everything that one can do with a call is done at the heir.
  await maria.endCall()
  await ann.over(20)
  await maria.click('wrapup-submit')
  await maria.see('offer')
  assert.match(await maria.text('offer'), /bob/, 'who came first is served first')
  await maria.accept()
  await until('maria hears bob', async () => (await hears(maria.page, 600)).at[0] > -45)
  bob.tell()
  await bob.ended
  assert.equal(bob.process.exitCode, 0, bob.problems)
  cid.hangup()
  phone.hangup()
  await sam.see('wrapup')
  await dora.over(20)
  for (const p of [ann, dora, phone, cid]) await p.stop()
  for (const [n, hz] of [1000, 1300, 440].entries()) took[ears[n].phone.name] = ears[n].again(hz, killed)
  console.log('heard again, seconds after the kill:', took)
  for (const [who, s] of Object.entries(took)) assert.ok(s < within, `${who} hears the other side after ${s} s`)

  const all = await until('each call has one row', async () => {
    const items = await rows(sam.page)
    return items.length === 4 && items.every((i) => i.ended) && items
  }, 20)
  for (const row of all) {
    assert.ok(row.revived, `${row.from}'s row says that the call went on`)
    assert.equal(row.cause, 'normal')
  }
  const of = (from) => all.find((i) => i.from === from)
  assert.ok(of('bob').waitedMs > 10_000, `bob's wait counts from its beginning: ${of('bob').waitedMs}`)

  // The recordings: what is left while the server is dead, and all of it when it is back.
  for (const [from, caller, agent] of [['ann', 440, 1000], ['dora', 440, 1300]]) {
    const half = await recording(sam.page, of(from).id)
    assert.equal(half.missing, 1)
    const heard = voices(half, caller, agent)
    assert.ok(heard.both > 1.5 && heard.neither > 8 && heard.neither < 14, `${from}'s second half has both voices for ${heard.both} s, and neither for ${heard.neither} s`)
  }
  await first.run()
  for (const [from, caller, agent] of [['ann', 440, 1000], ['dora', 440, 1300]]) {
    const { id } = of(from)
    const row = await until(`${from}'s recording is whole`, async () => {
      const row = (await rows(sam.page)).find((r) => r.id === id)
      return row.recordingParts?.every((p) => p.there && p.seconds) && row
    }, 20)
    const whole = await recording(sam.page, id)
    assert.equal(whole.missing, 0)
    assert.equal(row.recordingParts.length, 2)
    assert.ok(Math.abs(whole.seconds - row.recordingSeconds) < 0.1, `${whole.seconds} s, and the history says ${row.recordingSeconds}`)
    const [before, after] = [voices(whole, caller, agent, 0, row.recordingParts[0].seconds), voices(whole, caller, agent, row.recordingParts[0].seconds)]
    assert.ok(before.both > 1, `${from}'s first half has both voices for ${before.both} s`)
    assert.ok(after.both > 1.5 && after.neither > 8, `${from}'s second half has both voices for ${after.both} s, and neither for ${after.neither} s`)
  }
  assert.equal((await rows(sam.page)).length, 4)
  assert.equal(second.ask('doctor'), 'all is well\n')
})
