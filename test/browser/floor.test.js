// The supervisor's floor, and the answers to "why not me?".
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { callSales } from './lib/scene.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('the supervisor sees who waits and why, and the agent why nothing comes to them', {}, async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria', { available: false })
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { available: false })
  await sam.page.keyboard.press('f')
  await sam.see('floor-agent-maria')
  await callSales(stage)
  await sam.see('floor-waiting')
  await sam.click('floor-waiting')
  await until('both are away', async () => (await sam.page.locator('[data-testid="candidates"] [data-kind="presence"]').count()) === 2)
  assert.match(await sam.text('candidate-maria'), /Maria Lopez.*Away/)

  await maria.page.keyboard.press('w')
  await maria.see('why-item')
  assert.match(await maria.text('why-verdict'), /away/)
  await maria.page.keyboard.press('Escape')
  await maria.click('presence')
  await maria.click('presence-available')
  await maria.see('offer')
  const stands = (what) => until(`maria's row says ${what}`, async () => (await sam.text('floor-agent-maria-stands')) === what)
  await sam.page.keyboard.press('Escape')
  await stands('Ringing')
  assert.match(await sam.text('floor-waiting'), /rings for Maria Lopez/)
  await maria.accept()
  await stands('On a call')
  await sam.gone('floor-waiting')
  assert.match(await sam.text('floor-agent-maria'), /ann, Sales/i)
})
