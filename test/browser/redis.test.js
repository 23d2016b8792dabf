// Redis goes away in the middle of a busy floor, in every way it can, and comes back.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { SIPp } from './lib/sipp.js'
import { here } from './lib/ports.js'
import { callSales, deskPhone } from './lib/scene.js'
import { level } from './lib/sound.js'
import { postgres, redis, sentinel } from './lib/stores.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const noise = 20 // callers who come, wait and hang up

/** The longest time, in seconds, for which a phone did not hear a tone between two places. */
function longest(phone, hz, from, to) {
  let silent = 0
  let most = 0
  for (let at = from; at < to - 0.1; at += 0.05) {
    silent = level(phone.hears(at, at + 0.1), hz) > 0.05 ? 0 : silent + 0.05
    most = Math.max(most, silent)
  }
  return most
}

/**
 * maria talks with ann, sam's desk phone rings for dora, bob is first in line, and others come and go, when Redis goes:
 * away(stores, lift) lets it go and come back. The call that rings is answered by lift, or, where Redis has forgotten it, when
 * it rings again (anew).
 */
function outage(name, { stores, away, anew = false }) {
  let at
  story(name, async (ends) => {
    at = await stores(ends)
    return { edit: (file, text) => deskPhone(false)(file, file === 'callfloor.yaml' ? text + at.config : text) }
  }, async (stage) => {
    const { browser, server, ends } = stage
    const maria = await Agent.start(browser, server, 'maria')
    const ann = await callSales(stage)
    await maria.see('offer')
    await maria.accept()
    const phone = ends(await Baresip.start({ user: 'sam', password: 's3cret', register: true, domain: server.sipAddress }, 800))
    const sam = await Agent.start(browser, server, 'sam')
    const dora = await callSales(stage, { user: 'dora' })
    await until('the desk phone rings', () => phone.saw('CALL_INCOMING'))
    const bob = await callSales(stage, { user: 'bob' })
    await until('bob waits', () => waits(server, 'bob'))
    const others = ends(SIPp.call(server, '100', {
      from: 'crowd[call_number]', calls: noise, rate: 8, steps: [{ pause: 300 }, { info: 1 }, { pause: 12_000 }, { bye: true }],
    }))
    await until('half of the others wait', () => server.log.match(/msg=waiting /g).length > noise / 2)
    await maria.hears(440)

    const [from, went] = [ann.at(), Date.now()]
    let answered = 0
    const eve = ends(await Baresip.start({ user: 'eve', domain: server.sipAddress }))
    await away(at, {
      comes: async () => { // a caller who knows nothing of all this
        eve.dial(`sip:100@${server.sipAddress}`)
        await eve.inCall()
        await sleep(300)
        await eve.press('1')
      },
      lift: () => {
        answered = Date.now()
        phone.accept()
      },
    })
    console.log(`Redis was away for ${Date.now() - went} ms`)
    await maria.hears(440)
    if (anew) {
      await until('the desk phone rings anew', () => phone.events.split('"type":"CALL_INCOMING"').length > 2)
      answered = Date.now()
      phone.accept()
    }
    await sam.see('call', 20)
    await phone.inCall()
    console.log(`sam talks with dora ${Date.now() - answered} ms after lifting the phone`)
    await until('eve waits', () => waits(server, 'eve'))
    assert.ok(await maria.has('call'), 'maria talks on')
    await sleep(1000)
    const [to, heard] = [ann.at(), dora.at()]

    await maria.endCall()
    await ann.over(20)
    await maria.click('wrapup-submit')
    await maria.see('offer')
    assert.match(await maria.text('offer'), /bob/, 'who was first in line is first')
    assert.equal(await others.ended, 0, 'every other call went as its caller wanted')
    assert.equal(server.ask('doctor'), 'all is well\n')
    await maria.accept()
    await maria.begins(440)
    for (const p of [bob, eve, phone]) p.hangup()
    await sam.see('wrapup')
    for (const p of [ann, dora]) await p.stop()

    const gap = longest(ann, 1000, from, to)
    console.log(`ann's talk was silent for ${gap.toFixed(2)} s at most`)
    assert.ok(gap < 0.2, `ann did not hear maria for ${gap} s`)
    assert.ok(longest(dora, 800, heard - 0.6, heard) < 0.2, 'dora hears sam')
    const items = await until('every call has ended in the history', async () => {
      const { items } = await sam.page.evaluate(async () => (await fetch('/api/history?limit=100')).json())
      return items.length === noise + 4 && items.every((i) => i.ended) && items
    }, 20)
    assert.equal(new Set(items.map((i) => i.id)).size, noise + 4, 'one row each')
    assert.doesNotMatch(server.log, /cause=missed/)
    assert.ok(items.every((i) => i.outcome !== 'missed'), 'nobody missed anything')
  })
}

/** Whether somebody's call has come to a queue. */
const waits = (server, who) => {
  const id = new RegExp(`call started" call=(\\S+) from=${who} `).exec(server.log)?.[1]
  return id && server.log.includes(`msg=waiting call=${id} `)
}

const single = async (ends) => {
  const store = ends(await redis())
  return { store, config: `redis: {address: "${store.address}"}\n` }
}

outage('Redis hangs for five seconds: nobody hears it, and who lifted the phone meanwhile has the call', {
  stores: single,
  away: async ({ store }, { comes, lift }) => {
    store.pause()
    const back = sleep(5000)
    await comes()
    lift()
    await back
    store.resume()
  },
})

outage('Redis and Postgres are killed, and come back with what they had', {
  stores: async (ends) => {
    const at = await single(ends)
    const sql = ends(await postgres())
    return { ...at, sql, config: `${at.config}sql: {url: "${sql.url}"}\n` }
  },
  away: async ({ store, sql }, { comes, lift }) => {
    await Promise.all([store.kill(), sql.stop()])
    const back = sleep(3000)
    await comes()
    lift()
    await back
    await store.run()
    await sql.run()
  },
})

outage('Redis is killed, and comes back with nothing', {
  stores: single,
  anew: true,
  away: async ({ store }, { comes }) => {
    await store.kill()
    store.forget()
    await comes()
    await store.run()
  },
})

outage('the master of Redis is killed, and a replica takes over', {
  stores: async (ends) => {
    const master = ends(await redis())
    const replica = ends(await redis(here, master))
    const watch = ends(await sentinel(here, master))
    return { master, replica, config: `redis: {sentinel: {master: floor, addresses: ["${watch.address}"]}}\n` }
  },
  away: async ({ master, replica }, { comes, lift }) => {
    await master.kill()
    await comes()
    lift()
    await until('the replica is the master', () => /role:master/.test(replica.ask('info', 'replication')), 20)
  },
})
