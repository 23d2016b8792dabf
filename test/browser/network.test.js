// Devices that do not work: a browser whose sound does not get through, a desk phone that is gone. The agent is told why, no
// call comes meanwhile, and it all comes back by itself or at a click.
import assert from 'node:assert/strict'
import { Agent } from './lib/agent.js'
import { Baresip } from './lib/baresip.js'
import { certificate } from './lib/certificate.js'
import { Hosts } from './lib/hosts.js'
import { callSales, deskPhone } from './lib/scene.js'
import { Server } from './lib/server.js'
import { story, storyOn } from './lib/story.js'
import { until } from './lib/wait.js'

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // for fetch: nobody signed our certificate but ourselves

/** A server and the agents on machines of their own; the firewall between them can drop the browsers' sound. */
async function firewalled(ends) {
  const hosts = ends(Hosts.make())
  const [host, people, phones] = ['n1', 'people', 'phones'].map((name) => hosts.add(name))
  const server = ends(await Server.start({ host, tls: certificate(host.address) }))
  // A browser whose machine gets an address while it loads a page gives up what it loads.
  await until('every address is settled', () => !/tentative/.test(String(people.run('ip', ['address']))))
  const rule = (how) => host.run('iptables', [how, 'INPUT', '-p', 'udp', '--dport', String(server.webrtc), '-j', 'DROP'])
  return { server, servers: [server], people, phones, block: () => rule('-A'), open: () => rule('-D') }
}

storyOn('a browser whose sound does not get through is told so, and gets no calls until it does', firewalled, async (stage) => {
  const { browser, server, block, open } = stage
  const blocked = new RegExp(`sound does not get through: UDP to ${server.host.address}:${server.webrtc} is blocked`)
  block()
  const maria = await Agent.start(browser, server, 'maria', { available: false })
  await until('the check says what is wrong', async () => blocked.test(await maria.text('check-network')), 15)
  await maria.click('presence')
  await maria.click('presence-available')
  await maria.stands('trouble')
  assert.match(await maria.text('presence'), blocked)
  const ann = await callSales(stage)
  await until('ann waits', async () => (await maria.text('queue-sales-waiting')) === '1')
  assert.ok(!(await maria.has('offer')))

  open()
  await maria.click('recheck')
  await maria.see('offer')
  await maria.accept()
  await maria.hears(440)
  await maria.endCall()
  await ann.over(20)
  await maria.click('disposition-sold')
  await maria.click('wrapup-submit')
  await maria.stands('ready')

  // The firewall changes while she works: the first call finds out, and waits on without her.
  block()
  await callSales(stage, { user: 'bob' })
  await maria.see('offer')
  await maria.gone('offer', 15)
  await until('she is told why', async () => blocked.test(await maria.text('presence')), 10)
  open()
  await maria.page.evaluate(() => window.dispatchEvent(new Event('online')))
  await maria.see('offer', 20)
  await maria.accept()
  await maria.hears(440)
})

story('a desk phone that is gone gets no calls, and gets them again when it is back', { edit: deskPhone(false) }, async (stage) => {
  const { browser, server, ends } = stage
  const account = { user: 'sam', password: 's3cret', register: true, domain: server.sipAddress, transport: 'tcp' }
  const phone = ends(await Baresip.start(account, 1000))
  const sam = await Agent.start(browser, server, 'sam')
  await phone.stop() // says that it goes
  await sam.stands('trouble')
  assert.match(await sam.text('presence'), /the desk phone is not registered/)
  assert.match(await sam.text('sound-status'), /Desk phone missing/)
  await callSales(stage)
  await until('the caller waits', async () => (await sam.text('queue-sales-waiting')) === '1')
  assert.ok(!(await sam.has('offer')))
  const back = ends(await Baresip.start(account, 1000))
  await sam.see('offer')
  await until('the phone is lifted', () => { // it may have rung before anybody could listen to what it tells
    back.accept()
    return sam.has('call')
  })
})
