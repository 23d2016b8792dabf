// An agent works on in another tab, browser or at another node: the first one watches, and the sound goes along.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { freePort } from './lib/ports.js'
import { talking } from './lib/scene.js'
import { Server } from './lib/server.js'
import { level } from './lib/sound.js'
import { postgres, redis } from './lib/stores.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

/** The agent takes over on a page that watches, and hears the caller there. */
async function takesOver(agent) {
  await agent.see('take-over')
  await agent.click('take-over')
  await agent.gone('take-over')
  await agent.see('call')
  await agent.begins(440)
}

story('the second tab takes the call over, and the first one may be closed', {}, async (stage) => {
  const { maria, caller } = await talking(stage)
  await maria.hears(440)
  const second = Agent.on(await maria.page.context().newPage(), 'maria')
  await second.page.goto(`${stage.server.url}/`)
  await takesOver(second)
  await maria.see('banner-viewer')
  await maria.see('call') // which it still shows
  await maria.page.close()
  await sleep(500)
  const from = caller.at()
  await sleep(1500)
  await second.hears(440)
  const to = caller.at()
  await second.endCall()
  await caller.over(20)
  await caller.stop()
  const heard = level(caller.hears(from, to), 1000)
  assert.ok(heard > 0.1, `the caller hears the second tab: ${heard}`)
  assert.equal(stage.server.log.match(/call ended/g).length, 1)
})

let node // the options of another node of the story's floor

story('another browser, at another node, takes the call over and gives it back', async (ends) => {
  const [store, db] = [ends(await redis()), ends(await postgres())]
  node = async () => {
    const shared = `redis: {address: "${store.address}"}\nsql: {url: "${db.url}"}\ncluster: {listen: "127.0.0.1:${await freePort()}", secret: "the story's own shared secret"}\n`
    return { edit: (file, text) => (file === 'callfloor.yaml' ? text + shared : text) }
  }
  return node()
}, async (stage) => {
  const second = stage.ends(await Server.start(await node()))
  await until('the nodes know each other', () => [stage.server, second].every((s) => /node found/.test(s.log)), 20)
  const { maria, caller } = await talking(stage)
  await maria.hears(440)
  const home = await Agent.start(stage.browser, second, 'maria', { hz: 700, available: false })
  await takesOver(home)
  await maria.see('banner-viewer')
  await sleep(500)
  const from = caller.at()
  await sleep(1500)
  const to = caller.at()
  await takesOver(maria)
  await home.see('banner-viewer')
  await sleep(500)
  const back = caller.at()
  await sleep(1500)
  const end = caller.at()
  await maria.endCall()
  await caller.over(20)
  await caller.stop()
  const heard = { there: level(caller.hears(from, to), 700), back: level(caller.hears(back, end), 1000) }
  assert.ok(heard.there > 0.1, `the caller hears the other browser: ${heard.there}`)
  assert.ok(heard.back > 0.1, `the caller hears the first browser again: ${heard.back}`)
})
