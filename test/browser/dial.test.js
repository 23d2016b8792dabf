// An agent calls somebody outside, and asks somebody outside about a caller.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { here } from './lib/ports.js'
import { callSales, choose } from './lib/scene.js'
import { level } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const number = '+442079460018'

/** A provider that is one phone, whose number is that; and the configuration that leads there. */
const provider = (phone) => async (ends) => {
  phone.is = ends(await Baresip.start({ user: number, domain: here.address }, 700))
  const trunks = `
trunks:
  - {name: provider, username: house, password: secret, send: "${here.address}:${phone.is.port}", watch: 0s}
dialing:
  country: GB
  caller_ids: [{number: "+442071234567", label: Main}]
  rules: [{numbers: ["+44*"], trunks: [provider]}]
`
  return { edit: (file, text) => (file === 'trunks.yaml' ? trunks : text) }
}

const phone = {}
story('an agent calls a number by the keyboard: a wrong one, a busy one, and one who answers', provider(phone), async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria')
  const keys = maria.page.keyboard
  const dial = async (to) => {
    await keys.press('d')
    await maria.see('dial-number')
    await keys.type(to)
    await keys.press('Enter')
  }
  await dial('+33 1')
  await until('the number is refused', async () => /number/i.test(await maria.text('dial-dialog')) && (await maria.page.isVisible('[data-testid="dial-dialog"] .mantine-TextInput-error')))
  await keys.press('Escape')

  await dial('020 7946 0018') // as in the agent's country
  await until('it rings there', () => phone.is.saw('CALL_INCOMING'))
  await until('maria sees it ring', async () => /Ringing/.test(await maria.text('call-state')))
  phone.is.hangup()
  await maria.gone('call')
  await until('maria reads why', async () => /\+442079460018: busy/.test(await maria.page.textContent('body')))
  await maria.stands('ready')

  phone.is.forget()
  await dial('020 7946 0018')
  await until('it rings there', () => phone.is.saw('CALL_INCOMING'))
  phone.is.accept()
  await maria.page.waitForSelector('[data-testid="call"][data-state="talking"]')
  await until('maria hears the far end', () => maria.hears(700).then(() => true))
  const from = phone.is.at()
  await until('a second of sound', () => phone.is.at() > from + 1.5)
  await keys.press('h')
  await until('on hold', async () => /On hold/.test(await maria.text('call-state')))
  await keys.press('h')
  await maria.click('call-end')
  await maria.click('end-confirm')
  await maria.gone('call')
  await maria.stands('ready')
  await phone.is.stop()
  const heard = phone.is.hears(from + 0.4, from + 1.4)
  assert.ok(level(heard, 1000) > 0.1, `the far end hears maria: ${level(heard, 1000)}`)
})

story('an agent asks a number outside about a caller, brings both together, and leaves them', provider(phone), async (stage) => {
  const maria = await Agent.start(stage.browser, stage.server, 'maria')
  const caller = await callSales(stage)
  await maria.see('offer')
  await maria.accept()
  const keys = maria.page.keyboard
  await choose(maria, 'c', number, '')
  await until('it rings there', () => phone.is.saw('CALL_INCOMING'))
  phone.is.accept()
  await until('maria and the expert', () => maria.hears(700).then(() => true))
  await maria.hearsNo(440)
  await keys.press('j')
  await until('maria hears both', async () => (await maria.hears(700), await maria.hears(440), true))
  const from = [phone.is.at(), caller.at()]
  await until('a second of sound', () => caller.at() > from[1] + 1.5)
  await maria.click('call-end')
  await maria.click('end-confirm')
  await maria.see('wrapup')
  const alone = [phone.is.at() + 0.4, caller.at() + 0.4]
  await until('a second of sound', () => caller.at() > alone[1] + 1.5)
  phone.is.hangup()
  await caller.over(20)
  await caller.stop()
  await phone.is.stop()
  const heard = (who, at, hz) => level(who.hears(at + 0.3, at + 1.3), hz)
  assert.ok(heard(phone.is, from[0], 440) > 0.1 && heard(phone.is, from[0], 1000) > 0.1, 'the expert hears both')
  assert.ok(heard(caller, from[1], 700) > 0.1 && heard(caller, from[1], 1000) > 0.1, 'the caller hears both')
  assert.ok(heard(phone.is, alone[0], 440) > 0.1 && heard(caller, alone[1], 700) > 0.1, 'the two talk on')
  assert.ok(heard(caller, alone[1], 1000) < 0.02, 'without maria')
})
