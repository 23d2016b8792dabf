// Killed without a word in the middle of a recorded call.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { callSales, talking } from './lib/scene.js'
import { level, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('SIGKILL in a recorded call loses neither the sound nor the record, and nobody is stuck', {}, async (stage) => {
  const { server } = stage
  const { maria } = await talking(stage)
  const began = Date.now()
  await sleep(4300)
  await server.kill()
  const talked = (Date.now() - began) / 1000

  const files = server.recordings()
  assert.equal(files.length, 1)
  const { seconds, rate, channels } = readWAV(files[0])
  console.log(`talked ${talked.toFixed(1)} s, the file as it lies there plays ${seconds.toFixed(1)} s`)
  assert.ok(seconds > talked - 1.5, 'it plays up to its last second before anything has repaired it')
  const last = (c) => channels[c].slice(-rate / 2)
  assert.ok(level(last(0), 440) > 0.1 && level(last(1), 1000) > 0.1, 'both voices to the end')

  await server.run()
  await until('the agent is back without a password', () => maria.page.evaluate(async () => (await fetch('/api/session')).ok))
  await maria.gone('banner-link', 20)
  await maria.available()
  const row = await until('the record is complete', async () => {
    const { items } = await maria.page.evaluate(async () => (await fetch('/api/history?limit=5')).json())
    return items.length === 1 && items[0].ended && items[0].recording && items[0]
  })
  assert.equal(row.cause, 'interrupted')
  assert.equal(row.agent, 'maria')
  assert.ok(Math.abs(row.recordingSeconds - seconds) < 0.1, `the record knows ${row.recordingSeconds} s`)
  assert.ok(row.talkedMs >= (seconds - 1) * 1000, `talked ${row.talkedMs} ms`)

  await callSales(stage, { user: 'bob' })
  await maria.see('offer')
  await maria.accept()
})
