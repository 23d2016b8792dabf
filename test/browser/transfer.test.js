// An agent gives the caller to another queue, or to a colleague.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { choose, rowOf, talking } from './lib/scene.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('an agent transfers a caller to another queue by the keyboard: the next one has the note, the history one row, the recording both', {}, async (stage) => {
  const { server } = stage
  const { maria, caller } = await talking(stage)
  await maria.hears(440)
  await give(maria, 'supp')
  await maria.see('wrapup')
  const waits = caller.at()
  const sam = await Agent.start(stage.browser, server, 'sam', { hz: 700, available: false })
  await sam.click('presence')
  await sam.click('presence-available')
  await sam.see('offer')
  assert.match(await sam.text('offer'), /Support/)
  assert.equal(await sam.text('transferred-by'), 'Maria Lopez')
  assert.equal(await sam.text('transferred-note'), 'Wants a refund')
  const answered = caller.at()
  await sam.accept()
  await sam.hears(440)
  assert.equal(await sam.text('transferred-note'), 'Wants a refund')
  const talks = caller.at()
  await until('a second of sam', () => caller.at() > talks + 1.2)
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
  const music = caller.hears(waits + 0.5, answered)
  assert.ok(level(music, 1000) < 0.05 && loudness(music) > 0.02, `music meanwhile, and no word of maria: ${level(music, 1000)}, ${loudness(music)} in ${answered - waits} s`)
  assert.ok(level(caller.hears(talks, talks + 1), 700) > 0.1, 'the caller hears sam')

  const row = await rowOf(sam, (row) => row.segments.every((s) => s.outcome === 'served'))
  assert.deepEqual(row.segments.map((s) => [s.queue, s.agent]), [['sales', 'maria'], ['support', 'sam']])
  const files = await until('the recording', () => server.recordings().every((f) => !f.includes('.part')) && server.recordings())
  assert.equal(files.length, 1)
  const { channels, rate } = readWAV(files[0])
  assert.ok(level(channels[1].slice(rate / 4, rate), 1000) > 0.1, 'maria is recorded')
  assert.ok(level(channels[1].slice(-rate, -rate / 4), 700) > 0.1, 'sam is recorded')
})

/** Gives the caller to whom begins so, with a note. */
const give = (maria, whom) => choose(maria, 't', whom, 'Wants a refund')

story('an agent gives a caller to a colleague, who declines, is taken it back from, and accepts; the giver has the caller until then', {
  edit: (file, text) => (file === 'queues.yaml' ? text.replace(/cooldown: 15s/, 'cooldown: 0s') : text),
}, async (stage) => {
  const { server } = stage
  const { maria, caller } = await talking(stage)
  const sam = await Agent.start(stage.browser, server, 'sam', { hz: 700 })
  const toward = (state) => until(`maria sees it ${state}`, async () => (await maria.page.getAttribute('[data-testid="call-toward"]', 'data-state').catch(() => '')) === state)

  await give(maria, 'sam')
  await sam.see('offer')
  assert.equal(await sam.text('transferred-by'), 'Maria Lopez')
  assert.equal(await sam.text('transferred-note'), 'Wants a refund')
  await toward('ringing')
  await sleep(600)
  const rings = [caller.at(), 0]
  await sleep(1200)
  await maria.hearsNo(440)
  await sam.hearsNo(440)
  rings[1] = caller.at()
  await sam.click('offer-decline')
  await toward('declined')
  await sleep(800)
  await maria.hears(440) // as before, without a click

  await give(maria, 'sam')
  await sam.see('offer')
  await maria.page.keyboard.press('t')
  await sam.gone('offer')
  await toward('withdrawn')
  await sleep(800)
  await maria.hears(440)

  await give(maria, 'sam')
  await sam.see('offer')
  await sam.accept()
  await maria.see('wrapup')
  await sam.hears(440)
  assert.equal(await sam.text('transferred-note'), 'Wants a refund')
  const talks = caller.at()
  await until('a second of sam', () => caller.at() > talks + 1.2)
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
  const music = caller.hears(...rings)
  assert.ok(level(music, 1000) < 0.005 && level(music, 700) < 0.005 && loudness(music) > 0.02, 'music while it rings, and nobody')
  const with_sam = caller.hears(talks + 0.2, talks + 1)
  assert.ok(level(with_sam, 700) > 0.1 && level(with_sam, 1000) < 0.005, 'the caller hears sam alone')

  const row = await rowOf(sam, (row) => row.ended)
  assert.equal(row.outcome, 'served')
  assert.deepEqual(row.segments.map((s) => [s.agent, s.outcome]), [['maria', 'served'], ['sam', 'declined'], ['sam', 'withdrawn'], ['sam', 'served']])
})

story('an agent gives a caller to a colleague and hangs up: it rings on, and the colleague has the caller', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { hz: 700 })
  await give(maria, 'sam')
  await sam.see('offer')
  await maria.endCall()
  await sleep(500)
  assert.ok(await sam.has('offer'))
  await sam.accept()
  await sam.hears(440)
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
})
