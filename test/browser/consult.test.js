// An agent asks a colleague while the caller hears music.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { hears } from './lib/browser.js'
import { choose, rowOf, talking } from './lib/scene.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const tones = { ann: 440, maria: 1000, sam: 700 }
const quick = { edit: (file, text) => (file === 'queues.yaml' ? text.replace(/cooldown: 15s/, 'cooldown: 0s') : text) }

/** maria talks with ann, and sam is there. */
async function three(stage) {
  const { maria, caller } = await talking(stage)
  const began = caller.at()
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { hz: tones.sam })
  return { maria, sam, caller, began, parties: new Parties(caller, maria, sam) }
}

/** Who hears whom, measured: the agents as it stands, the caller in what their phone has written at the end. */
class Parties {
  constructor(caller, maria, sam) {
    Object.assign(this, { caller, maria, sam, windows: [] })
  }

  /** Each hears a party, 'music', or '' for nothing; whoever is not named is not on the call. */
  async hear(when, want) {
    for (const name of ['maria', 'sam'])
      if (name in want) await until(`${when}: ${name} hears ${want[name] || 'nothing'}`, () => this.#hears(name, want[name]))
    const from = this.caller.at() + 0.3 // what was on its way
    await until('a second of sound', () => this.caller.at() > from + 1)
    for (const name of ['maria', 'sam']) // and still
      if (name in want) assert.ok(await this.#hears(name, want[name]), `${when}: ${name} hears ${want[name]} all the time`)
    this.windows.push({ when, from, to: from + 1, hears: want.ann })
  }

  async #hears(name, whom) {
    const others = Object.keys(tones).filter((t) => t !== name)
    const { loud, at } = await hears(this[name].page, ...others.map((t) => tones[t]))
    const none = whom === 'music' ? -30 : -65 // it has notes as loud as -34; a tone is at -25
    const wrong = others.some((t, n) => (t === whom ? at[n] < -45 : at[n] > none))
    if (wrong || (whom === '' ? loud > -70 : loud < -60)) throw new Error(`${others}: ${at.map(Math.round)}, loudest ${Math.round(loud)} dB`)
    return true
  }

  /** What the caller heard; once their phone has stopped. */
  caller_heard() {
    for (const { when, from, to, hears } of this.windows) {
      const heard = this.caller.hears(from, to)
      const loud = Object.fromEntries(['maria', 'sam'].map((t) => [t, level(heard, tones[t])]))
      const said = `${when}: ann hears ${hears}: ${JSON.stringify(loud)}, ${loudness(heard).toFixed(3)}`
      for (const t of ['maria', 'sam']) assert.ok(t === hears ? loud[t] > 0.1 : loud[t] < (hears === 'music' ? 0.02 : 0.005), said)
      assert.ok(loudness(heard) > 0.02, said)
    }
  }
}

const inPrivate = { ann: 'music', maria: 'sam', sam: 'maria' }
const swapped = { ann: 'maria', maria: 'ann', sam: 'music' }
const alone = { ann: 'maria', maria: 'ann' }

/** maria asks sam, and they talk. */
async function consult({ maria, sam }) {
  await choose(maria, 'c', 'sam', 'May I refund?')
  await sam.see('offer')
  await sam.accept()
  await consults(maria, 'talking')
}

const consults = (maria, state) => until(`maria sees the consult ${state}`, async () => (await maria.page.getAttribute('[data-testid="call-toward"]', 'data-state').catch(() => '')) === state)
const says = (agent, words) => until(`${agent.name} reads ${words}`, async () => words.test(await agent.text('call-state')))

story('an agent consults a colleague by the keyboard: declined, in private, swapped, ended by each of them, handed over', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller, began, parties } = all
  const keys = maria.page.keyboard
  await parties.hear('before', alone)

  await choose(maria, 'c', 'sam', 'May I refund?')
  await sam.see('offer')
  assert.equal(await sam.text('offer-kind'), 'Maria Lopez asks you about')
  assert.equal(await sam.text('transferred-note'), 'May I refund?')
  await consults(maria, 'ringing')
  await parties.hear('while it rings', { ann: 'music', maria: '', sam: '' })
  await sam.click('offer-decline')
  await consults(maria, 'declined')
  await parties.hear('declined', alone)

  await consult(all)
  await parties.hear('in private', inPrivate)
  await says(maria, /Caller on hold · talking with Sam/)
  await says(sam, /Talking with Maria Lopez about/)
  assert.equal(await sam.text('transferred-note'), 'May I refund?')
  await keys.press('h')
  await parties.hear('swapped', swapped)
  await says(sam, /On hold · Maria Lopez talks with/)
  await keys.press('h')
  await parties.hear('swapped back', inPrivate)
  await keys.press('c')
  await sam.gone('call')
  await parties.hear('ended', alone)
  await sam.stands('ready')

  await consult(all)
  await sam.click('call-end')
  await sam.click('end-confirm')
  await sam.gone('call')
  await consults(maria, 'left')
  await parties.hear('left', alone)
  assert.equal(await sam.has('wrapup'), false)

  await consult(all)
  await keys.press('t')
  await maria.see('wrapup')
  await parties.hear('handed over', { ann: 'sam', sam: 'ann' })
  await sam.see('call-hold')
  assert.equal(await sam.text('transferred-by'), 'Maria Lopez')
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
  parties.caller_heard()

  const row = await rowOf(sam, (row) => row.ended)
  assert.deepEqual(row.segments.map((s) => [s.agent, s.outcome]),
    [['maria', 'served'], ['sam', 'declined'], ['sam', 'consulted'], ['sam', 'consulted'], ['sam', 'served']])
  assert.equal(row.agent, 'sam')
  await recorded(stage.server, parties.windows, began)
})

/** One file, in which the right side is whoever talks with ann; what is said in private is in no file. */
async function recorded(server, windows, began) {
  const files = await until('the recording', () => server.recordings().every((f) => !f.includes('.part')) && server.recordings())
  assert.equal(files.length, 1)
  const { channels, rate } = readWAV(files[0])
  for (const { when, from, to, hears } of windows) {
    const [a, b] = [from - began + 0.25, to - began - 0.25].map((s) => Math.round(s * rate))
    for (const t of ['maria', 'sam']) {
      const l = level(channels[1].slice(a, b), tones[t])
      assert.ok(t === hears ? l > 0.1 : l < 0.005, `${when}: the recording has ${l} of ${t}`)
    }
    assert.ok(level(channels[0].slice(a, b), tones.ann) > 0.1, `${when}: ann is recorded`)
  }
}

story('the caller hangs up in the middle of a consult: both are told, and only who had the call writes what came of it', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller } = all
  await consult(all)
  caller.hangup()
  await maria.see('wrapup')
  await sam.gone('call')
  assert.equal(await sam.has('wrapup'), false)
  await sam.stands('ready')
  await caller.stop()
})

story('a page is reloaded in a consult, and a server killed: everybody hears again whom they heard', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller, parties } = all
  await consult(all)
  for (const agent of [maria, sam]) {
    await agent.page.reload()
    await agent.see('call')
    await parties.hear(`${agent.name} is back`, inPrivate)
  }
  await stage.server.kill()
  await stage.server.run()
  await maria.gone('banner-link', 20)
  await sam.gone('banner-link', 20)
  await until('they hear each other again', async () => (await maria.hears(tones.sam), await sam.hears(tones.maria), true), 20)
  await maria.page.keyboard.press('h')
  await until('maria and ann', () => maria.hears(tones.ann).then(() => true))
  await maria.page.keyboard.press('t')
  await maria.see('wrapup')
  await until('sam and ann', () => sam.hears(tones.ann).then(() => true))
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
})

story('who asked is gone for good: the caller is first in line again, and nobody is consulted any more', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller } = all
  await consult(all)
  await maria.close()
  await sam.see('offer', 40) // as one of the queue's
  assert.equal(await sam.text('offer-kind'), 'Incoming call')
  await sam.accept()
  await sam.hears(tones.ann)
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
})
