// Killed without a word in the middle of a recorded call.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { level, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('SIGKILL in a recorded call loses neither the sound nor the record, and nobody is stuck', {}, async ({ browser, server, ends }) => {
  const maria = await Agent.start(browser, server, 'maria')
  const caller = ends(await Baresip.start({ user: 'ann', domain: server.sipAddress }))
  caller.dial(`sip:100@${server.sipAddress}`)
  await caller.inCall()
  await sleep(300)
  await caller.press('1')
  await maria.see('offer')
  await maria.click('offer-accept')
  await maria.see('call')
  const talking = Date.now()
  await sleep(4300)
  await server.kill()
  const talked = (Date.now() - talking) / 1000

  const files = server.recordings()
  assert.equal(files.length, 1)
  const { seconds, rate, channels } = readWAV(files[0])
  console.log(`talked ${talked.toFixed(1)} s, the file as it lies there plays ${seconds.toFixed(1)} s`)
  assert.ok(seconds > talked - 1.5, 'it plays up to its last second before anything has repaired it')
  const last = (c) => channels[c].slice(-rate / 2)
  assert.ok(level(last(0), 440) > 0.1 && level(last(1), 1000) > 0.1, 'both voices to the end')

  await server.run()
  const late = await until('the agent is back and free', async () => {
    const { items } = await maria.page.evaluate(async () => (await fetch('/api/history?limit=5')).json())
    return items?.[0]
  }, 5).catch(() => null)
  if (!late) await login(maria)
  await maria.available()
  const row = await until('the record is complete', async () => {
    const { items } = await maria.page.evaluate(async () => (await fetch('/api/history?limit=5')).json())
    return items.length === 1 && items[0].ended && items[0].recording && items[0]
  })
  assert.equal(row.cause, 'interrupted')
  assert.equal(row.agent, 'maria')
  assert.ok(Math.abs(row.recordingSeconds - seconds) < 0.1, `the record knows ${row.recordingSeconds} s`)
  assert.ok(row.talkedMs >= (seconds - 1) * 1000, `talked ${row.talkedMs} ms`)

  const next = ends(await Baresip.start({ user: 'bob', domain: server.sipAddress }))
  next.dial(`sip:100@${server.sipAddress}`)
  await next.inCall()
  await sleep(300)
  await next.press('1')
  await maria.see('offer')
  await maria.click('offer-accept')
  await maria.see('call')
})

async function login(agent) {
  await agent.see('login-password', 20)
  await agent.page.fill('[data-testid="login-agent"]', agent.name)
  await agent.page.fill('[data-testid="login-password"]', 'demo')
  await agent.click('login-submit')
  await agent.see('console')
}
