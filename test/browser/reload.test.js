// The agent's page comes and goes; the call stays.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { buffered } from './lib/browser.js'
import { offered, talking } from './lib/scene.js'
import { level, loudness } from './lib/sound.js'
import { story } from './lib/story.js'

/** Seconds of the heard sound from `from` until a frequency is there for good. */
function begins(caller, hz, from, to) {
  const there = (at) => level(caller.hears(at, at + 0.06), hz) > 0.15
  for (let at = from; at < to; at += 0.02) if (there(at) && there(at + 0.06) && there(at + 0.2)) return at
  return Infinity
}

story('accepted, both hear each other at once', {}, async (stage) => {
  const { maria, caller } = await offered(stage)
  await sleep(1000) // the device has answered: audio is connected while the offer rings
  await maria.hearsNo(440) // before accepting
  await maria.page.evaluate(() => {
    const audio = document.querySelector('[data-testid=remote-audio]')
    const ctx = new AudioContext()
    const ear = new AnalyserNode(ctx, { fftSize: 256 })
    ctx.createMediaStreamSource(audio.srcObject).connect(ear)
    const wave = new Float32Array(256)
    document.addEventListener('keydown', () => {
      const pressed = performance.now()
      const look = setInterval(() => {
        ear.getFloatTimeDomainData(wave)
        if (Math.max(...wave) < 0.02) return
        clearInterval(look)
        window.heardAfter = performance.now() - pressed
      }, 2)
    }, { once: true, capture: true })
    return ctx.resume()
  })
  const before = caller.at()
  await maria.page.keyboard.press('Enter')
  await maria.see('call')
  await maria.page.waitForFunction(() => window.heardAfter)
  const after = await maria.page.evaluate(() => window.heardAfter)
  const buffer = await buffered(maria.page)
  await sleep(1200)
  caller.hangup()
  await maria.see('wrapup')
  await caller.stop()
  const spoke = begins(caller, 1000, before, before + 2) - before
  console.log(`accepted to heard: agent ${after.toFixed(0)} ms, ${buffer.toFixed(0)} of them in the browser's buffer, caller ${(spoke * 1000).toFixed(0)} ms`)
  assert.ok(after < 300, `the agent hears the caller ${after} ms after the key`) // a browser's own buffers included
  assert.ok(spoke < 0.4, `the caller hears the agent ${spoke} s after the key`)
})

story('the page reloaded in a call is back within a second, the caller hearing music meanwhile', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await sleep(1000)
  const gone = caller.at()
  const reloaded = Date.now()
  await maria.page.reload({ waitUntil: 'commit' })
  await maria.see('call')
  const back = (Date.now() - reloaded) / 1000
  await sleep(2000)
  await maria.hears(440)
  caller.hangup()
  await maria.see('wrapup')
  await caller.stop()
  let from = gone + 0.05
  while (level(caller.hears(from, from + 0.06), 1000) > 0.05 && from < gone + 1) from += 0.02 // the last of the old page
  const heard = begins(caller, 1000, from + 0.1, gone + 4) - gone
  console.log(`reload: shown after ${back.toFixed(2)} s, heard after ${heard.toFixed(2)} s`)
  assert.ok(heard < 1, `the caller hears the agent again after ${heard} s`)
  assert.ok(loudness(caller.hears(from, gone + heard)) > 0.01, 'meanwhile there is music')
})

story('a browser that vanishes gives the caller back to the queue, first in line', {
  edit: (file, text) => (file === 'callfloor.yaml' ? `${text}limits: {grace: 3s}\n` : text),
}, async (stage) => {
  const { maria } = await talking(stage)
  await sleep(500)
  await maria.close()
  const sam = await Agent.start(stage.browser, stage.server, 'sam')
  await sam.see('offer', 20)
  await sam.accept()
  await sleep(1000)
  await sam.hears(440)
})
