// An agent gives the caller to another queue.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { talking } from './lib/scene.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('an agent transfers a caller to another queue by the keyboard: the next one has the note, the history one row, the recording both', {}, async (stage) => {
  const { server } = stage
  const { maria, caller } = await talking(stage)
  await maria.hears(440)
  const keys = maria.page.keyboard
  await keys.press('t')
  await maria.see('transfer-queue')
  await keys.type('supp')
  await keys.press('ArrowDown')
  await keys.press('Enter')
  await keys.press('Tab')
  await keys.type('Wants a refund')
  await keys.press('Control+Enter')
  await maria.see('wrapup')
  await maria.gone('transfer-dialog')
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

  const ask = (path) => sam.page.evaluate((path) => fetch(path).then((r) => r.json()), path)
  const { items } = await ask('/api/history')
  assert.equal(items.length, 1)
  const row = await until('the end in the history', async () => {
    const row = await ask(`/api/history/${items[0].id}`)
    return row.segments.every((s) => s.outcome === 'served') && row
  })
  assert.deepEqual(row.segments.map((s) => [s.queue, s.agent]), [['sales', 'maria'], ['support', 'sam']])
  const files = await until('the recording', () => server.recordings().every((f) => !f.includes('.part')) && server.recordings())
  assert.equal(files.length, 1)
  const { channels, rate } = readWAV(files[0])
  assert.ok(level(channels[1].slice(rate / 4, rate), 1000) > 0.1, 'maria is recorded')
  assert.ok(level(channels[1].slice(-rate, -rate / 4), 700) > 0.1, 'sam is recorded')
})
