// Three parties with a tone each, and who hears whom of them, measured.
import assert from 'node:assert/strict'
import { Agent } from './agent.js'
import { hears } from './browser.js'
import { talking } from './scene.js'
import { level, loudness, readWAV } from './sound.js'
import { until } from './wait.js'

export const tones = { ann: 440, maria: 1000, sam: 700 }

/** maria talks with ann, and sam is there. */
export async function three(stage) {
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

  /** Each hears a party, some ('ann+sam'), 'music', or '' for nothing; whoever is not named is not on the call. */
  async hear(when, want) {
    for (const name of ['maria', 'sam'])
      if (name in want) await until(`${when}: ${name} hears ${want[name] || 'nothing'}`, () => this.#hears(name, want[name]))
    const from = this.caller.at() + 0.3 // what was on its way
    await until('a second of sound', () => this.caller.at() > from + 1)
    for (const name of ['maria', 'sam']) { // and still; a browser that had no time for sound gets another chance to hear, none to overhear
      if (!(name in want)) continue
      assert.ok(await this.#hears(name, want[name], true), `${when}: ${name} hears nobody else all the time`)
      await until(`${when}: ${name} still hears ${want[name] || 'nothing'}`, () => this.#hears(name, want[name]))
    }
    this.windows.push({ when, from, to: from + 1, hears: want.ann })
  }

  /** Fails unless somebody hears just whom they shall; or, with least, nobody whom they shall not. */
  async #hears(name, whom, least = false) {
    const others = Object.keys(tones) // nobody hears themselves
    const { loud, at } = await hears(this[name].page, ...others.map((t) => tones[t]))
    const none = whom === 'music' ? -30 : -65 // it has notes as loud as -34; a tone is at -25
    const due = whom.split('+')
    const wrong = others.some((t, n) => (due.includes(t) ? at[n] < -45 && !least : at[n] > none))
    if (wrong || (whom === '' ? loud > -70 : loud < -60 && !least)) throw new Error(`${others}: ${at.map(Math.round)}, loudest ${Math.round(loud)} dB`)
    return true
  }

  /** What the caller heard; once their phone has stopped. */
  caller_heard() {
    for (const { when, from, to, hears } of this.windows) {
      const heard = this.caller.hears(from, to)
      const loud = Object.fromEntries(['maria', 'sam'].map((t) => [t, level(heard, tones[t])]))
      const said = `${when}: ann hears ${hears}: ${JSON.stringify(loud)}, ${loudness(heard).toFixed(3)}`
      const due = hears.split('+')
      for (const t of ['maria', 'sam']) assert.ok(due.includes(t) ? loud[t] > 0.1 : loud[t] < (hears === 'music' ? 0.02 : 0.005), said)
      assert.ok(loudness(heard) > 0.02, said)
    }
  }
}

/** One file, in which the right side is whoever talks with ann; what is said in private is in no file. */
export async function recorded(server, windows, began) {
  const files = await until('the recording', () => server.recordings().every((f) => !f.includes('.part')) && server.recordings())
  assert.equal(files.length, 1)
  const { channels, rate } = readWAV(files[0])
  for (const { when, from, to, hears } of windows) {
    const [a, b] = [from - began + 0.25, to - began - 0.25].map((s) => Math.round(s * rate))
    const due = hears.split('+')
    for (const t of ['maria', 'sam']) {
      const l = level(channels[1].slice(a, b), tones[t])
      assert.ok(due.includes(t) ? l > 0.1 : l < 0.005, `${when}: the recording has ${l} of ${t}`)
    }
    assert.ok(level(channels[0].slice(a, b), tones.ann) > 0.1, `${when}: ann is recorded`)
  }
}
