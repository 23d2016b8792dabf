// How most stories begin: somebody calls the sales line, and an agent is there.
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './agent.js'
import { Baresip } from './baresip.js'

/** A phone that has called the main line and pressed 1. */
export async function callSales({ server, ends }, { user = 'ann', ...phone } = {}) {
  const caller = ends(await Baresip.start({ user, domain: server.sipAddress, ...phone }))
  caller.dial(`sip:100@${server.sipAddress}`)
  await caller.inCall()
  await sleep(300)
  await caller.press('1')
  return caller
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
