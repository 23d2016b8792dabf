// The supervisor's floor, and the answers to "why not me?".
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { callSales, talking } from './lib/scene.js'
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

story('a supervisor signs an agent out of a call: the page hears who it was, and the caller is served by somebody else', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await maria.hears(440)
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { hz: 700, available: false })
  await sam.page.keyboard.press('f')
  await sam.page.click('[data-testid="floor-agent-maria"] button')
  await sam.click('agent-sign-out')
  assert.match(await sam.text('agent-sure'), /Call with ann/i)
  await sam.click('agent-sign-out-confirm')
  await maria.see('login-notice')
  assert.equal(await maria.text('login-notice'), 'Sam Taylor has signed you out.')
  await sam.see('floor-waiting')
  assert.match(await sam.text('floor-waiting'), /ann/i)
  await maria.page.reload()
  await maria.see('login-password') // the login is over, too
  await sam.page.keyboard.press('Escape')
  await sam.click('presence')
  await sam.click('presence-available')
  await sam.accept()
  await sam.hears(440)
  await sam.endCall()
  await caller.over(20)
})

story('a supervisor chooses for an agent, who sees whose choice it was', {}, async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria')
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { available: false })
  await sam.page.keyboard.press('f')
  await sam.page.click('[data-testid="floor-agent-maria"] button')
  await sam.click('agent-away')
  await sam.click('agent-away-training')
  await until('maria is in training', async () => (await maria.text('presence-label')) === 'Training')
  assert.match(await maria.text('presence'), /chosen by Sam Taylor/)
  await sam.click('agent-available')
  await maria.stands('ready')
})

story('a supervisor moves who waits and who talks to another queue by the keyboard, sees the day grow, and reads it all in the audit', {}, async (stage) => {
  const { maria, caller: ann } = await talking(stage)
  const sam = await Agent.start(stage.browser, stage.server, 'sam', { hz: 700, available: false })
  const keys = sam.page.keyboard
  await keys.press('f')
  await until('the call is on the floor', async () => /ann.*Maria Lopez.*Sales.*Talking/i.test(await sam.text('floor-calls')))
  await until('the day has it', async () => (await sam.text('floor-sales-answered')) === '1')
  assert.equal(await sam.text('floor-sales-level'), '100 %')

  const bob = await callSales(stage, { user: 'bob' })
  const support = '[data-testid="floor-queue-support"] [data-testid="floor-waiting"]'
  const chooseSupport = async () => {
    await sam.see('move-support')
    await sam.page.focus('[data-testid="move-support"]')
    await keys.press('Space')
    await keys.press('Enter')
    await sam.gone('move-dialog')
  }
  await sam.page.focus('[data-testid="floor-queue-sales"] [data-testid="floor-waiting"]')
  await keys.press('Enter')
  await sam.page.focus('[data-testid="waiting-move"]')
  await keys.press('Enter')
  await chooseSupport()
  await until('bob waits there', async () => /bob/i.test(await sam.page.textContent(support)))
  assert.match(stage.server.log, /msg=moved call=\S+ from=sales queue=support/)

  await sam.page.focus('[data-testid^="floor-call-"][data-testid$="-move"]')
  await keys.press('Enter')
  await chooseSupport()
  await maria.see('wrapup')
  await maria.click('wrapup-submit')
  await maria.see('offer')
  assert.match(await maria.text('offer'), /bob/i) // for ann was hers a moment ago
  await maria.accept()
  await maria.begins(440)
  await until('the call is of support', async () => /bob.*Maria Lopez.*Support.*Talking/i.test(await sam.text('floor-calls')))

  await sam.page.click('[data-testid="view"] >> text=Audit')
  const rows = () => sam.page.$$eval('[data-testid="audit-row"]', (all) => all.map((row) => `${row.dataset.verb} ${row.dataset.result} ${row.textContent}`))
  await until('the audit has both', async () => (await rows()).length === 2)
  assert.match((await rows())[0], /^move done .*Sam Taylor.*Maria Lopez.*Sales → support/)
  assert.match((await rows())[1], /^move done .*Sam Taylor.*Sales → support.*127\.0\.0\.1/)
  for (const caller of [ann, bob]) caller.hangup()
  await maria.see('wrapup')
})
