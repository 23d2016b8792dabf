// Every way in and every way to press a key leads to the right queue.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { SIPp } from './lib/sipp.js'
import { story } from './lib/story.js'

const toSupport = [{ pause: 2500 }]
const waitThenHangUp = [{ pause: 3000 }, { bye: true }]

for (const transport of ['udp', 'tcp'])
  for (const how of ['in-band', 'INFO'])
    story(`SIPp over ${transport} presses keys ${how}`, {}, async ({ browser, server, ends }) => {
      const keys = how === 'INFO'
        ? [{ info: '2' }, { pause: 1500 }, ...[...'4711#'].map((k) => ({ info: k }))]
        : [{ inBand: ' 2 ' }, { pause: 1500 }, { inBand: '4711#' }]
      const maria = await Agent.start(browser, server, 'maria')
      const sipp = ends(SIPp.call(server, '100', { transport, from: 'sipp', steps: [...toSupport, ...keys, ...waitThenHangUp] }))
      await maria.see('offer', 20)
      assert.match(await maria.text('offer-queue'), /Support/)
      assert.match(await maria.text('offer-caller'), /sipp/)
      assert.match(await maria.text('offer-pressed'), /2 at menu.*4711 at order/)
      await maria.gone('offer', 20) // the caller gives up
      assert.equal(await sipp.ended, 0, sipp.problems)
      await maria.stands('ready')
    })

for (const [transport, dtmf] of [['udp', 'rtpevent'], ['tcp', 'rtpevent'], ['udp', 'info']])
  story(`baresip over ${transport} presses keys by ${dtmf}`, {}, async ({ browser, server, ends }) => {
    const maria = await Agent.start(browser, server, 'maria')
    const caller = ends(await Baresip.start({ user: 'ann', domain: server.sipAddress, transport, dtmf }))
    caller.dial(`sip:200@${server.sipAddress};transport=${transport}`)
    await caller.inCall()
    await sleep(500)
    for (const key of '42#') {
      await caller.press(key)
      await sleep(400)
    }
    await maria.see('offer')
    assert.match(await maria.text('offer-pressed'), /42 at order/)
    caller.hangup()
    await maria.gone('offer')
  })
