// Other devices than the browser's phone: desk phones, encrypted legs, and the customer's own browser.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears, open } from './lib/browser.js'
import { deskPhone, deskTalk } from './lib/scene.js'
import { level, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

for (const srtp of [false, true])
  story(`sam answers at a desk phone${srtp ? ', encrypted by SDES as the caller is' : ''}`, { edit: deskPhone(srtp) },
    async (stage) => {
      const { server } = stage
      await deskTalk(stage, { domain: server.sipAddress, srtp, transport: 'tcp' }, { srtp })
      const [file] = await until('the recording', () => server.recordings().filter((f) => !f.includes('.part')).length === 1 && server.recordings())
      const { channels, rate } = readWAV(file)
      assert.ok(level(channels[0].slice(rate / 2, rate), 440) > 0.1 && level(channels[1].slice(rate / 2, rate), 1000) > 0.1, 'both are recorded')
    })

story('a desk phone with a wrong password is no device', { edit: deskPhone(false) }, async ({ server, ends, browser }) => {
  const phone = ends(await Baresip.start({ user: 'sam', password: 'wrong', register: 'try', domain: server.sipAddress }))
  await until('the registration is refused', () => /403/.test(phone.log))
  const sam = await Agent.start(browser, server, 'sam', { available: false })
  await until('the console says so', async () => /not registered/i.test(await sam.page.textContent('body')))
})

story('two browser tabs are enough for a call', {}, async ({ browser, server }) => {
  const maria = await Agent.start(browser, server, 'maria', { hz: 1000 })
  const customer = await open(browser, `${server.url}/phone`, 440)
  await customer.click('[data-testid="number-100"]')
  await customer.click('[data-testid="phone-call"]')
  await customer.waitForSelector('[data-testid="phone-incall"]')
  await sleep(500)
  const menu = await hears(customer)
  assert.ok(menu.loud > -70, `the customer hears the menu: ${menu.loud} dB`)
  await customer.click('[data-testid="key-1"]')
  await maria.see('offer')
  await maria.page.keyboard.press('a')
  await maria.see('call')
  await sleep(800)
  const [agent, guest] = [await hears(maria.page, 440), await hears(customer, 1000)]
  assert.ok(agent.at[0] > -45, `the agent hears the customer's 440 Hz: ${agent.at} dB`)
  assert.ok(guest.at[0] > -45, `the customer hears the agent's 1000 Hz: ${guest.at} dB`)
  await maria.page.keyboard.press('h')
  await maria.see('call-held-timer')
  await sleep(500)
  const held = await hears(customer, 1000)
  // The music has overtones near 1000 Hz, far below a voice.
  assert.ok(held.at[0] < guest.at[0] - 20 && held.loud > -60, `on hold: music and no agent: ${held.at} of ${held.loud}, was ${guest.at} dB`)
  await customer.click('[data-testid="phone-hangup"]')
  await maria.see('wrapup')
})
