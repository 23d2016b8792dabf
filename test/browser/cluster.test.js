// Several nodes: the caller is at one, the agent's browser at another, the supervisor at a third; it is one floor.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { hears } from './lib/browser.js'
import { freePort } from './lib/ports.js'
import { callSales } from './lib/scene.js'
import { Server } from './lib/server.js'
import { level, loudness } from './lib/sound.js'
import { postgres, redis } from './lib/stores.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

/** The options of nodes that share one Redis and one Postgres. */
async function shared(ends) {
  const store = ends(await redis())
  const db = ends(await postgres())
  return async () => {
    const port = await freePort()
    return {
      edit: (file, text) => file === 'callfloor.yaml'
        ? `${text}redis: {address: "${store.address}"}\nsql: {url: "${db.url}"}\ncluster: {listen: "127.0.0.1:${port}", secret: "the story's own shared secret"}\n`
        : text,
    }
  }
}

let next // the options of another node of the story's floor

story('caller, agent and supervisor are at three nodes: sound, commands, queue and history are one', async (ends) => {
  next = await shared(ends)
  return next()
}, async (stage) => {
  const { browser, server, ends } = stage
  const [second, third] = [ends(await Server.start(await next())), ends(await Server.start(await next()))]
  await until('the nodes know each other', () => [server, second, third].every((s) => s.log.match(/node found/g)?.length >= 2), 20)
  const maria = await Agent.start(browser, second, 'maria')
  const sam = await Agent.start(browser, third, 'sam', { available: false })
  const caller = await callSales(stage)
  await maria.see('offer')
  await sleep(1000) // the device has answered: audio is connected while the offer rings
  const pressed = caller.at()
  await maria.accept()
  await sleep(1500)
  await maria.hears(440)
  const talk = [caller.at() - 0.8, caller.at()]

  await maria.click('call-hold')
  await maria.see('call-held-timer')
  await sleep(1200)
  await maria.hearsNo(440)
  const hold = [caller.at() - 0.7, caller.at()]
  await maria.click('call-hold')
  await maria.gone('call-held-timer')
  await sleep(600)
  await maria.click('call-mute')
  await sleep(1000)
  const mute = [caller.at() - 0.6, caller.at()]
  await maria.hears(440)
  await maria.click('call-mute')
  await sleep(600)

  await maria.page.reload({ waitUntil: 'commit' })
  await maria.see('call')
  await until('maria hears the caller after her reload', async () => (await hears(maria.page, 440)).at[0] > -45)
  await sleep(800)
  const back = [caller.at() - 0.5, caller.at()]
  await maria.endCall()
  await caller.over(20)
  await caller.stop()

  const heard = (span) => level(caller.hears(...span), 1000)
  assert.ok(heard(talk) > 0.1, `the caller hears the agent: ${heard(talk)}`)
  assert.ok(heard(hold) < 0.005, `on hold the caller hears no agent: ${heard(hold)}`)
  assert.ok(heard(mute) < 0.005, `a muted agent is not heard: ${heard(mute)}`)
  assert.ok(heard(back) > 0.1, `after the reload the caller hears the agent: ${heard(back)}`)
  const first = begins(caller, pressed)
  console.log(`accept to audio across nodes: ${(1000 * first).toFixed(0)} ms`)
  assert.ok(first < 0.5, `the caller heard the agent ${first} s after the click`)

  const row = await until('one row, at the third node', () => sam.page.evaluate(async () => {
    const { items } = await (await fetch('/api/history')).json()
    return items.length === 1 && items[0].ended && items[0]
  }))
  assert.equal(row.agent, 'maria')
  const sound = await sam.page.evaluate(async (id) => {
    const r = await fetch(`/api/recordings/${id}`)
    return { status: r.status, size: (await r.arrayBuffer()).byteLength }
  }, row.id)
  assert.equal(sound.status, 200)
  assert.ok(sound.size > 16_000 * 4, `the recording has ${sound.size} bytes`)
  assert.deepEqual([server, second, third].map((s) => s.recordings().length), [1, 0, 0])
})

story('the node of the agent is killed: the caller hears music within seconds, her page comes back at another node, and the talk goes on', async (ends) => {
  next = await shared(ends)
  return next()
}, async (stage) => {
  const { browser, server, ends } = stage
  const [second, third] = [ends(await Server.start(await next())), ends(await Server.start(await next()))]
  await until('the nodes know each other', () => [server, second, third].every((s) => s.log.match(/node found/g)?.length >= 2), 20)
  const maria = await Agent.start(browser, second, 'maria')
  const caller = await callSales(stage)
  await maria.see('offer')
  await maria.accept()
  await sleep(1500)
  await maria.hears(440)
  const killed = caller.at()
  await second.kill()
  await until('the caller is given music', () => /msg=lost /.test(server.log), 6)
  const music = [caller.at() + 0.2, 0]
  await sleep(800)
  music[1] = caller.at()
  await maria.page.goto(`${third.url}/`) // where a load balancer would lead it
  await maria.see('call')
  await until('maria hears the caller again', async () => (await hears(maria.page, 440)).at[0] > -45)
  await sleep(1000)
  const back = [caller.at() - 0.5, caller.at()]
  console.log(`an agent's node dies: music after ${(music[0] - 0.2 - killed).toFixed(1)} s`)
  await maria.endCall()
  await caller.over(20)
  await caller.stop()
  const heard = (span, hz) => level(caller.hears(...span), hz)
  assert.ok(heard(music, 1000) < 0.005 && loudness(caller.hears(...music)) > 0.02, 'meanwhile there is music')
  assert.ok(heard(back, 1000) > 0.1, `the caller hears the agent again: ${heard(back, 1000)}`)
  assert.equal(server.log.match(/call ended/g).length, 1)
})

/** Seconds from a place to the first 40 ms in which the caller hears the agent's 1000 Hz. */
function begins(caller, from) {
  for (let t = 0; t < 2; t += 0.01) if (level(caller.hears(from + t, from + t + 0.04), 1000) > 0.05) return t
  return Infinity
}
