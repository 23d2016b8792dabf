// Killed without a word in the middle of everything.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { callSales, deskPhone } from './lib/scene.js'
import { level, loudness, readWAV } from './lib/sound.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

/** Seconds from a moment (ms) until a phone hears a tone for half a second, from when it began; it must have stopped. */
function back(phone, hz, since) {
  const step = 0.1
  let heard = 0
  for (let at = (since - phone.established) / 1000; at < (phone.closed - phone.established) / 1000 - step; at += step) {
    heard = level(phone.hears(at, at + step), hz) > 0.1 ? heard + 1 : 0
    if (heard === 5) return at - 4 * step - (since - phone.established) / 1000
  }
  return Infinity
}

story('SIGKILL: every call goes on, wherever it was, and nothing of it is lost', { edit: deskPhone(false) }, async (stage) => {
  const { browser, server, ends } = stage
  const maria = await Agent.start(browser, server, 'maria')
  const ann = await callSales(stage)
  await maria.see('offer')
  await maria.accept()
  const talking = Date.now()
  const phone = ends(await Baresip.start({ user: 'sam', password: 's3cret', register: true, domain: server.sipAddress }, 800))
  const sam = await Agent.start(browser, server, 'sam')
  const dora = await callSales(stage, { user: 'dora' })
  await until('the desk phone rings', () => phone.saw('CALL_INCOMING'))
  phone.accept()
  await sam.see('call')
  await phone.inCall()
  const bob = await callSales(stage, { user: 'bob' })
  await until('bob waits', () => /msg=waiting .*queue=sales/.test(server.log.split('from=bob')[1] ?? ''))
  const cid = ends(await Baresip.start({ user: 'cid', domain: server.sipAddress }))
  cid.dial(`sip:100@${server.sipAddress}`)
  await cid.inCall()
  await sleep(1500) // there is sound in the files

  const killed = Date.now()
  await server.kill()
  const began = Date.now()
  await server.run()
  const restarted = Date.now()
  console.log(`dead for ${restarted - killed} ms, of which the start took ${restarted - began} ms`)

  await maria.gone('banner-link', 20)
  await until('maria hears ann again', () => maria.hears(440).then(() => true))
  console.log(`maria hears ann ${Date.now() - restarted} ms after the restart`)
  await maria.see('call')
  await sam.see('call')
  await cid.press('1') // the menu again, and then behind bob
  await until('cid waits', () => /msg=waiting .*queue=sales/.test(server.log.split('call goes on').pop()))
  await sleep(1500)

  phone.hangup()
  await sam.see('wrapup')
  await dora.over(20)
  await maria.endCall()
  const talked = (Date.now() - talking) / 1000
  await ann.over(20)
  await maria.click('wrapup-submit')
  await maria.see('offer')
  assert.match(await maria.text('offer'), /bob/, 'who came first is served first')
  await maria.accept()
  await maria.hears(440)
  bob.hangup()
  cid.hangup()
  for (const p of [ann, dora, phone]) await p.stop()

  const took = { dora: back(dora, 800, restarted), sam: back(phone, 440, restarted), ann: back(ann, 1000, restarted) }
  console.log('heard again, seconds after the restart:', took)
  for (const who of ['dora', 'sam', 'ann']) assert.ok(took[who] < 2, `${who} hears again after ${took[who]} s`)
  assert.ok(back(bob, 440, killed) === Infinity && loudness(bob.hears(bob.at() - 3, bob.at() - 2.5)) > 0.001, 'bob hears music')

  const rows = await until('every call has one row', async () => {
    const { items } = await sam.page.evaluate(async () => (await fetch('/api/history?limit=9')).json())
    return items.length === 4 && items.every((i) => i.ended) && items.find((i) => i.from === 'ann').recordingSeconds && items
  }, 20)
  for (const row of rows) {
    assert.ok(row.revived, `${row.from}'s row says that the call went on`)
    assert.equal(row.cause, 'normal')
  }
  const id = rows.find((i) => i.from === 'ann').id
  const { seconds, rate, channels } = readWAV(server.recordings().find((f) => f.includes(`${id}.`)))
  console.log(`talked ${talked.toFixed(1)} s, the recording has ${seconds.toFixed(1)} s`)
  assert.ok(Math.abs(seconds - talked) < 1.5, 'the recording is as long as the talk')
  const outage = (killed - talking) / 1000
  const at = (channel, from) => channels[channel].slice(from * rate, (from + 0.5) * rate)
  for (const [channel, hz] of [[0, 440], [1, 1000]]) {
    assert.ok(level(at(channel, 0.5), hz) > 0.1, `channel ${channel} has its voice before`)
    assert.ok(level(at(channel, seconds - 1.5), hz) > 0.1, `channel ${channel} has its voice after`)
    const least = Math.min(...Array.from({ length: 40 }, (_, i) => loudness(channels[channel].slice((outage - 1.5 + i / 10) * rate, (outage - 1.4 + i / 10) * rate))))
    assert.ok(least < 0.01, `channel ${channel} is silent in the outage`)
  }
})
