// What an agent sees over a whole working day: labels, live calls, a restart in between, a reload of the configuration.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent } from './lib/agent.js'
import { callSales, talking } from './lib/scene.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

story('a live call is in progress in the history, held buttons stay in one line, and labels are shown', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await until('the live call in the history', async () => {
    await maria.page.fill('[data-testid="history-search"]', 'ann')
    return (await maria.page.getAttribute('[data-testid="history-item"]', 'data-how').catch(() => '')) === 'live'
  })
  assert.match(await maria.text('history-item'), /Sales · In progress/)
  await maria.click('history-item')
  await maria.see('history-detail')
  assert.ok(!(await maria.has('player')), 'a live call has no player')
  await maria.page.fill('[data-testid="history-search"]', '')

  const top = async (name) => Math.round((await maria.page.locator(`[data-testid="${name}"]`).boundingBox()).y)
  await maria.click('call-hold')
  await maria.see('call-held-timer')
  assert.equal(await top('call-end'), await top('call-mute'), 'End stands beside Mute while the call is held')
  await maria.page.setViewportSize({ width: 900, height: 800 })
  for (const name of ['call-mute', 'call-hold', 'call-keypad', 'call-end']) {
    const cut = await maria.page.$eval(`[data-testid="${name}"] .mantine-Button-label`, (l) => l.scrollWidth > l.clientWidth + 1)
    assert.ok(!cut, `${name} is cut off at 900 px`)
  }
  await maria.page.setViewportSize({ width: 1280, height: 800 })

  await maria.endCall()
  await caller.over(20)
  await maria.page.click('[data-testid="disposition-no_interest"]')
  await maria.click('wrapup-submit')
  const item = await until('the call with its labels', async () => {
    const text = await maria.text('history-item')
    return /No interest/.test(text) && text
  })
  assert.match(item, /Sales · No interest/)
  assert.match(await maria.text('history-detail'), /Maria Lopez/)
})

story('a restart asks nobody for a password, and a reload renames what is on the screen', {}, async (stage) => {
  const { browser, server } = stage
  const maria = await Agent.start(browser, server, 'maria')
  await server.stop()
  await maria.see('banner-link')
  await server.run()
  await maria.gone('banner-link', 20)
  assert.ok(await maria.has('console'), 'the console came back by itself')
  await maria.page.reload()
  await maria.see('console')
  await maria.available() // the phone line is registered anew, too
  const caller = await callSales(stage)
  await maria.see('offer')
  await maria.accept()
  await maria.endCall()
  await caller.over(20)
  await maria.page.click('[data-testid="disposition-sold"]')
  await maria.click('wrapup-submit')

  const edit = (file, ...changes) => {
    const path = join(server.dir, 'config', file)
    writeFileSync(path, changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync(path, 'utf8')))
  }
  edit('queues.yaml', [/label: Sales /, 'label: Orders '])
  edit('agents.yaml', ['Maria Lopez', 'Maria Garcia'])
  await until('the new labels on the screen', async () =>
    /Orders/.test(await maria.text('queue-sales')) && /Garcia/.test(await maria.text('agent-name')))

  edit('agents.yaml', ['id: maria', 'id: mary'])
  await maria.see('login-password')
  assert.match(await maria.page.textContent('body'), /session has ended/)
})
