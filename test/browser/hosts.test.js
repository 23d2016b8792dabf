// Three servers on three machines, phones and browsers on others: one floor over a real network, whose cables are pulled.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears } from './lib/browser.js'
import { floor } from './lib/floor.js'
import { callSales, deskPhone } from './lib/scene.js'
import { SIPp } from './lib/sipp.js'
import { level, loudness } from './lib/sound.js'
import { storyOn } from './lib/story.js'
import { until } from './lib/wait.js'

const rows = (page) => page.evaluate(async () => (await (await fetch('/api/history')).json()).items)

storyOn('three machines: a browser at one, a desk phone at another, callers at the third; then the server of the browser is cut off', (ends) =>
  floor(ends, { edit: deskPhone(false) }), async (stage) => {
  const { browser, servers, people, phones, ends } = stage
  const [first, second, third] = servers
  const phone = ends(await Baresip.start({ user: 'sam', domain: second.sipAddress, password: 's3cret', register: true }, 1300, undefined, phones))
  const maria = await Agent.start(browser, stage, 'maria', { cookies: { NODE: 'n1' } })
  await until('maria is at the first server', () => /page open.*agent=maria/.test(first.log))

  // Sound, from the third to the first and back.
  const ann = await callSales({ server: third, ends, phones })
  await maria.see('offer')
  await maria.accept()
  await until('maria hears ann', async () => (await hears(maria.page, 440)).at[0] > -45)
  await sleep(1000)
  const talk = [ann.sofar() - 0.8, ann.sofar()]

  // Another caller, by SIPp, to a phone at the second; the supervisor sees one floor.
  const sam = await Agent.start(browser, stage, 'sam', { cookies: { NODE: 'n2' } })
  const bob = ends(SIPp.call(third, '100', { from: 'bob', host: phones, steps: [{ pause: 1000 }, { inBand: ' 1' }, { tone: 600, ms: 8000 }, { bye: true }] }))
  await until('the desk phone rings', () => phone.saw('CALL_INCOMING'))
  phone.accept()
  await sam.see('call')
  await phone.inCall()
  await until('the supervisor sees both talks', async () => (await rows(sam.page)).filter((r) => r.agent && !r.ended).length === 2)

  // A command reaches the owner.
  await maria.click('call-hold')
  await maria.see('call-held-timer')
  await until('the owner holds', () => /msg=held/.test(third.log))
  await sleep(800)
  const hold = [ann.sofar() - 0.6, ann.sofar()]
  await maria.click('call-hold')
  await maria.gone('call-held-timer')
  await until('maria hears ann again', async () => (await hears(maria.page, 440)).at[0] > -45)
  const spoke = phone.sofar()
  await sleep(800)

  // The cable of maria's server is pulled: her page comes back at another one, and nobody is booked twice.
  first.host.cut()
  const cut = Date.now()
  await until('ann is given music', () => /msg=lost /.test(third.log), 10)
  const given = Date.now()
  const music = [ann.sofar() + 0.3, ann.sofar() + 1]
  await until('maria\'s page is at another server', () => [second, third].some((s) => /page open.*agent=maria/.test(s.log)), 20)
  await maria.see('call', 20)
  await until('maria hears ann once more', async () => (await hears(maria.page, 440)).at[0] > -45, 20)
  console.log(`a cable is pulled: music after ${((given - cut) / 1000).toFixed(1)} s, the talk goes on after ${((Date.now() - cut) / 1000).toFixed(1)} s`)
  await sleep(1000)
  const back = [ann.sofar() - 0.6, ann.sofar()]
  await maria.endCall()
  await ann.over(20)
  await ann.stop()
  await bob.ended
  assert.equal(bob.process.exitCode, 0, bob.problems)
  await phone.over(20)
  await phone.stop()

  const heard = (span, hz) => level(ann.between(...span), hz)
  assert.ok(heard(talk, 1000) > 0.1, `ann hears maria across servers: ${heard(talk, 1000)}`)
  assert.ok(heard(hold, 1000) < 0.005 && loudness(ann.between(...hold)) > 0.02, 'on hold there is music')
  assert.ok(heard(music, 1000) < 0.005 && loudness(ann.between(...music)) > 0.02, 'while maria is away there is music')
  assert.ok(heard(back, 1000) > 0.1, `ann hears maria again: ${heard(back, 1000)}`)
  const desk = phone.between(spoke, spoke + 0.6)
  assert.ok(level(desk, 600) > 0.1, `the desk phone hears bob: ${level(desk, 600)}`)

  // The cable is back: the server finds its place, and nothing contradicts.
  first.host.mend()
  await until('the first server is found again', () => /a node is dead/.test(second.log) && second.log.match(/node found/g).length >= 3, 20)
  assert.equal(third.ask('doctor'), 'all is well\n')
})
