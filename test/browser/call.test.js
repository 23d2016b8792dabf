// The main job: somebody calls, hears a menu, presses a key, waits, talks; it is recorded, and remembered.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears } from './lib/browser.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('a caller reaches an agent, talks, is held, and it is all remembered', {}, async ({ browser, server, ends }) => {
  const maria = await Agent.start(browser, server, 'maria')
  const caller = ends(await Baresip.start({ user: 'ann', domain: server.sipAddress }))
  caller.dial(`sip:100@${server.sipAddress}`)
  await caller.inCall()
  await sleep(1500) // the words of the menu
  const menu = [0.3, caller.at()]
  await caller.press('1')
  await maria.see('offer')
  assert.match(await maria.text('offer-caller'), /ann/)
  assert.match(await maria.text('offer-queue'), /Sales/)
  assert.match(await maria.text('offer-pressed'), /1 at menu/)
  assert.match(await maria.text('offer-entry'), /100/)

  await maria.accept()
  const talkFrom = caller.at()
  await sleep(1200)
  const ear = await hears(maria.page, 440, 1000)
  assert.ok(ear.at[0] > -45, `the agent hears the caller's 440 Hz at ${ear.at[0]} dB`)
  assert.ok(ear.at[1] < ear.at[0] - 30, `the agent hears no echo of 1000 Hz: ${ear.at}`)
  const talk = [talkFrom + 0.5, caller.at()]

  await maria.click('call-hold')
  await maria.see('call-held-timer')
  const hold = [caller.at() + 0.3, 0]
  await sleep(1200)
  await maria.hearsNo(440) // of the caller, on hold
  hold[1] = caller.at()
  await maria.click('call-hold')
  await maria.gone('call-held-timer')
  await sleep(1000)

  await maria.click('call-mute')
  await sleep(300)
  const mute = [caller.at() + 0.1, 0]
  await sleep(800)
  mute[1] = caller.at()
  await maria.click('call-mute')
  await sleep(600)

  await maria.endCall()
  await caller.over(20)
  await maria.page.click('[data-testid="disposition-sold"]')
  await maria.page.fill('[data-testid="wrapup-note"]', 'wants a blue one')
  await maria.click('wrapup-submit')
  await maria.stands('ready')
  await caller.stop()

  const at = (span, hz) => level(caller.hears(...span), hz)
  assert.ok(at(talk, 1000) > 0.1, `the caller hears the agent's 1000 Hz: ${at(talk, 1000)}`)
  assert.ok(at(hold, 1000) < 0.005, `on hold the caller hears no agent: ${at(hold, 1000)}`)
  assert.ok(loudness(caller.hears(...hold)) > 0.02, 'on hold the caller hears music')
  assert.ok(at(mute, 1000) < 0.005, `a muted agent is not heard: ${at(mute, 1000)}`)
  assert.ok(loudness(caller.hears(...menu)) > 0.02, 'the caller hears the menu')

  await theRecording(server, maria)
})

/** One file, 440 Hz left and 1000 Hz right, as long as the talk; and the history plays it. */
async function theRecording(server, maria) {
  const files = await until('one finished recording', () => {
    const all = server.recordings()
    return all.length === 1 && !all[0].includes('.part') && all
  })
  const { rate, seconds, channels } = readWAV(files[0])
  const middle = (c) => channels[c].slice(Math.round(0.5 * rate), Math.round(1.2 * rate))
  assert.equal(channels.length, 2)
  assert.ok(level(middle(0), 440) > 0.1 && level(middle(0), 1000) < 0.01, 'left is the caller')
  assert.ok(level(middle(1), 1000) > 0.1 && level(middle(1), 440) < 0.01, 'right is the agent')

  await maria.see('history-item')
  await maria.click('history-item')
  await maria.see('history-detail')
  const shown = await until('the call in the history', async () => {
    const d = await maria.text('history-detail')
    return /Sold/.test(d) && /blue/.test(d) && d
  })
  assert.match(shown, /ann/)
  const { items } = await maria.page.evaluate(async () => (await fetch('/api/history?limit=1')).json())
  const c = items[0]
  const talk = (c.talkedMs + c.heldMs) / 1000
  assert.ok(Math.abs(talk - seconds) <= 0.1, `recorded ${seconds} s of a talk of ${talk} s`)
  assert.equal(c.queue, 'sales')
  await maria.click('player-play')
  await until('the player plays', () => maria.page.$eval('[data-testid=player-audio]', (a) => a.currentTime > 0.3))
}
