// Leaving with work in hand: the console tells what is open, and does what was asked once the work is done.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { callSales, talking } from './lib/scene.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const choose = async (agent, id) => {
  await agent.click('presence')
  await agent.click(id)
}

const done = async (agent, caller) => {
  await agent.endCall()
  await caller.over(20)
  await agent.click('disposition-sold')
  await agent.click('wrapup-submit')
}

story('a break with a call in hand asks first, waits for its end, and can be taken back', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await choose(maria, 'presence-busy-paperwork')
  await maria.see('open-work')
  assert.match(await maria.text('open-work'), /Call with ann.*Sales/i)
  await maria.click('leaving-after')
  await until('the break is announced', async () => /then Paperwork/.test(await maria.text('presence')))
  await choose(maria, 'presence-cancel-next')
  await until('the break is off', async () => !/then/.test(await maria.text('presence')))
  assert.equal(await maria.text('presence-label'), 'On a call')
  await choose(maria, 'presence-after-busy-paperwork')
  await until('the break is announced again', async () => /then Paperwork/.test(await maria.text('presence')))
  await done(maria, caller)
  await until('the paperwork', async () => (await maria.text('presence-label')) === 'Paperwork')
})

story('signing out with a call in hand lists it, and happens after it', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await maria.click('agent-menu')
  await maria.click('logout')
  await maria.see('open-work')
  assert.match(await maria.text('open-work'), /Call with ann.*Sales/i)
  await maria.click('open-after')
  await until('the end of the day is announced', async () => /then sign out/i.test(await maria.text('presence')))
  await maria.hears(440) // the call goes on
  await done(maria, caller)
  await maria.see('login-password')
  await maria.page.reload()
  await maria.see('login-password') // the login is over, too
})

const impatient = (file, text) => (file === 'queues.yaml' ? text.replaceAll(/ring: \d+s/g, 'ring: 5s').replaceAll(/cooldown: \d+s/g, 'cooldown: 1s') : text)

story('missed calls are not forgotten by signing out and in', { edit: impatient }, async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria')
  await callSales(stage)
  await maria.see('offer')
  await maria.see('presence-back', 20)
  await maria.click('agent-menu')
  await maria.click('logout')
  await maria.see('login-password')
  await maria.login()
  await maria.see('presence-back')
  await maria.click('presence-back')
  await maria.gone('presence-back')
  await choose(maria, 'presence-available')
  await maria.see('offer') // ann still waits
})

const byTheClock = (file, text) => (file === 'callfloor.yaml' ? `${text}limits: {login_prep: 15s, logout_after: 12s}\n` : text)

story('the clock gives time to get ready after the login, and signs out who forgets to', { edit: byTheClock }, async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria', { available: false })
  await callSales(stage)
  await maria.see('banner-prep')
  assert.equal(await maria.text('presence-label'), 'Getting ready')
  assert.ok(!(await maria.has('offer')), 'nothing is offered meanwhile')
  await maria.click('prep-available')
  await maria.see('offer')
  await maria.gone('banner-prep')
  await maria.click('offer-decline')
  await choose(maria, 'presence-away-lunch')

  await maria.see('banner-sign-out')
  await until('some seconds are over', async () => parseInt(await maria.text('seconds')) < 6, 15)
  await maria.click('stay')
  await until('the time begins anew', async () => parseInt(await maria.text('seconds')) > 9)
  assert.equal(await maria.text('presence-label'), 'Lunch')
  await maria.see('login-password', 20)
  assert.match(await maria.page.textContent('body'), /away for long with nothing in hand/)

  await maria.login() // and forgets to get ready
  await maria.see('banner-prep')
  await maria.gone('banner-prep', 20)
  assert.equal(await maria.text('presence-label'), 'Away since the login')
})
