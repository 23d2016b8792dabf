import { launch, hears } from './lib/browser.js'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { setTimeout as sleep } from 'node:timers/promises'
const b = await launch()
const server = { url: 'http://127.0.0.1:8080' }
let p, m
try {
  m = await Agent.start(b, server, 'maria', {available: false})
  await m.page.screenshot({path: '/tmp/shots/1.png'})
  await m.available()
  await m.page.screenshot({path: '/tmp/shots/2.png'})
  p = await Baresip.start({ user: 'caller', domain: '127.0.0.1:5060' })
  p.dial('sip:100@127.0.0.1:5060')
  await sleep(2500)
  await p.press('1')
  await m.see('offer')
  await m.page.screenshot({path: '/tmp/shots/3.png'})
  await m.click('offer-accept')
  await m.see('call')
  await sleep(1000)
  console.log(await hears(m.page, 440, 1000))
  await m.page.screenshot({path: '/tmp/shots/4.png'})
  await m.click('call-hold')
  await sleep(2000)
  await m.page.screenshot({path: '/tmp/shots/5.png'})
} catch (e) { console.log(e); await m?.page.screenshot({path: '/tmp/shots/err.png'}); console.log(m?.page.problems, p?.log?.slice(-3000), p?.events) }
finally { await p?.stop(); await b.close() }
