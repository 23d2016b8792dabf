// The whole call on a real redis-server and a real Postgres.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { hears, launch } from './lib/browser.js'
import { Server } from './lib/server.js'
import { postgres, redis } from './lib/stores.js'
import { until } from './lib/wait.js'

test('a call on redis-server and Postgres, and the history is there after a restart', { timeout: 90_000 }, async () => {
  const [store, sql, browser] = await Promise.all([redis(), postgres(), launch()])
  const edit = (file, text) =>
    file === 'callfloor.yaml' ? `${text}redis: {address: "${store.address}"}\nsql: {url: "${sql.url}"}\n` : text
  const server = await Server.start({ edit })
  let caller
  try {
    const maria = await Agent.start(browser, server, 'maria')
    caller = await Baresip.start({ user: 'ann', domain: server.sipAddress })
    caller.dial(`sip:100@${server.sipAddress}`)
    await caller.inCall()
    await sleep(300)
    await caller.press('1')
    await maria.see('offer')
    await maria.click('offer-accept')
    await maria.see('call')
    await sleep(1000)
    const ear = await hears(maria.page, 440)
    assert.ok(ear.at[0] > -45, `${ear.at[0]} dB`)
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
  } catch (e) {
    console.log(server.log)
    throw e
  } finally {
    await caller?.stop()
    await browser.close()
    await server.stop()
    await store.stop()
    await sql.stop()
  }
})
