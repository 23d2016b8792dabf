// The whole call on a real redis-server and a real Postgres.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { talking } from './lib/scene.js'
import { postgres, redis } from './lib/stores.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

let sql
const stores = async (ends) => {
  const store = ends(await redis())
  sql = ends(await postgres())
  const edit = (file, text) =>
    file === 'callfloor.yaml' ? `${text}redis: {address: "${store.address}"}\nsql: {url: "${sql.url}"}\n` : text
  return { edit }
}

story('a call on redis-server and Postgres, and the history is there after a restart', stores, async (stage) => {
  const { server } = stage
  const { maria, caller } = await talking(stage)
  await sleep(1000)
  await maria.hears(440)
  caller.hangup()
  await maria.see('wrapup')
  await maria.page.click('[data-testid="disposition-sold"]')
  await maria.click('wrapup-submit')
  const rows = () => sql.query('SELECT agent, queue, cause, disposition FROM interactions')
  await until('the row is in Postgres', () => rows() === 'maria|sales|normal|sold\n' || (console.log(rows()), false))

  await server.stop()
  await server.run()
  assert.equal(rows(), 'maria|sales|normal|sold\n', 'nothing twice after a restart')
  assert.doesNotMatch(server.log, /level=ERROR/)
})
