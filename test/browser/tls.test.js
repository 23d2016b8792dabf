// Everything encrypted: SIP over TLS with SDES for the phones, HTTPS and WSS for the browser, under a certificate of our own.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { Agent } from './lib/agent.js'
import { certificate } from './lib/certificate.js'
import { callSales, deskPhone, deskTalk } from './lib/scene.js'
import { level } from './lib/sound.js'
import { story } from './lib/story.js'

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // for fetch: nobody signed our certificate but ourselves

const encrypted = () => ({ tls: certificate() })

/** A phone that speaks SIP over TLS only, with SDES. */
const sealed = (server) => ({ domain: server.tlsAddress, transport: 'tls', srtp: true })

story('a caller over TLS talks with a browser over WSS', encrypted, async (stage) => {
  const { browser, server } = stage
  const maria = await Agent.start(browser, server, 'maria', { hz: 1000 })
  const caller = await callSales(stage, sealed(server))
  await maria.see('offer')
  await maria.accept()
  const from = caller.at()
  await sleep(1500)
  await maria.hears(440)
  const to = caller.at()
  await maria.endCall() // a BYE over the connection the caller opened
  await caller.over(20)
  await caller.stop()
  const heard = caller.hears(from + 0.4, to)
  assert.ok(level(heard, 1000) > 0.1, `the caller hears the agent: ${level(heard, 1000)}`)
})

const atDesk = () => ({ ...encrypted(), edit: deskPhone(true) })

story('a desk phone is called over the TLS connection it registered on', atDesk, (stage) =>
  deskTalk(stage, sealed(stage.server), sealed(stage.server)))

story('only TLS 1.2 and later, and only TLS, is spoken there', encrypted, async ({ server }) => {
  const shake = (options) => new Promise((answer) => {
    const s = tls.connect({ host: '127.0.0.1', port: server.tls.port, ...options }, () => answer(s.getProtocol()))
    s.on('error', (e) => answer(e.code))
    s.on('close', () => answer('closed'))
  })
  assert.equal(await shake({}), 'TLSv1.3')
  assert.equal(await shake({ maxVersion: 'TLSv1.2' }), 'TLSv1.2')
  assert.match(await shake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), /PROTOCOL_VERSION|closed/)
  assert.equal(await (await fetch(`${server.url}/healthz`)).status, 200)
})
