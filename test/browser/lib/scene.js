// How most stories begin: somebody calls the sales line, and an agent is there.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './agent.js'
import { Baresip } from './baresip.js'
import { level } from './sound.js'
import { until } from './wait.js'

/** A phone that has called the main line and pressed 1, or other keys. */
export async function callSales({ server, ends, phones }, { user = 'ann', domain = server.sipAddress, keys = '1', ...phone } = {}) {
  const caller = ends(await Baresip.start({ user, domain, ...phone }, undefined, undefined, phones))
  caller.dial(`sip:100@${domain}${phone.transport === 'tls' ? ';transport=tls' : ''}`)
  await caller.inCall()
  await sleep(300)
  await caller.press(keys)
  return caller
}

/** The configuration's edit that gives sam a desk phone. */
export const deskPhone = (srtp) => (file, text) =>
  file === 'agents.yaml' ? text.replace(/#phone_password: .*/, `phone_password: "s3cret"\n    device: phone\n    phone_srtp: ${srtp}`) : text

/** sam at a desk phone, who takes a call, talks and hangs up; and each has heard the other. */
export async function deskTalk(stage, account, caller = {}) {
  const { browser, server, ends } = stage
  const phone = ends(await Baresip.start({ user: 'sam', password: 's3cret', register: true, ...account }, 1000))
  const sam = await Agent.start(browser, server, 'sam')
  const ann = await callSales(stage, caller)
  await sam.see('offer')
  await until('the desk phone rings', () => phone.saw('CALL_INCOMING'))
  phone.accept()
  await sam.see('call')
  await phone.inCall()
  const from = [ann.at(), phone.at()]
  await sleep(1500)
  const to = [ann.at(), phone.at()]
  phone.hangup()
  await sam.see('wrapup')
  await ann.over(20)
  await ann.stop()
  await phone.stop()
  const heard = ann.hears(from[0] + 0.4, to[0])
  assert.ok(level(heard, 1000) > 0.1, `the caller hears the agent: ${level(heard, 1000)}`)
  const there = phone.hears(from[1] + 0.4, to[1])
  assert.ok(level(there, 440) > 0.1, `the agent hears the caller: ${level(there, 440)}`)
}

/** maria, who is offered ann's call. */
export async function offered(stage) {
  const maria = await Agent.start(stage.browser, stage.server, 'maria')
  const caller = await callSales(stage)
  await maria.see('offer')
  return { maria, caller }
}

/** maria, who talks with ann. */
export async function talking(stage) {
  const { maria, caller } = await offered(stage)
  await maria.accept()
  return { maria, caller }
}
