// Callers without end: one after another dials the sales line, at each server in turn, talks to whoever answers, and
// hangs up. A server that does not take a call is passed over for the next one, as a trunk with several targets does.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { SIPp } from './sipp.js'
import { here } from './ports.js'

export const callersTone = 600

export class Load {
  /** Begins a call every so many ms, each of which lasts so many ms from its key press. */
  static start(servers, { host = here, every = 1200, lasts = 3600 } = {}) {
    const l = new Load()
    l.calls = []
    l.running = (async () => {
      for (let n = 0; !l.enough; n++) {
        const order = servers.map((_, k) => servers[(n + k) % servers.length])
        l.calls.push(call(`caller${n}`, order, host, lasts))
        await sleep(every)
      }
    })()
    return l
  }

  /** No more callers come; those who are there finish. What became of each: {from, passed: servers that took no call, cut: '' or how}. */
  async ended() {
    this.enough = true
    await this.running
    return Promise.all(this.calls)
  }

  async stop() { await this.ended() }
}

async function call(from, order, host, lasts) {
  const passed = []
  for (const server of order) {
    const s = SIPp.call(server, '100', { from, host, steps: [{ pause: 400 }, { info: 1 }, { tone: callersTone, ms: lasts }, { bye: true }] })
    await s.ended
    if (s.process.exitCode === 0) return { from, passed, cut: '' }
    const said = existsSync(s.dir) ? s.messages() : ''
    if (/^SIP\/2\.0 200/m.test(said)) return { from, passed, cut: `${s.problems}\n${said.split('\n').filter((line) => /^(SIP\/2\.0|[A-Z]+ sip:)/.test(line)).join('\n')}` }
    passed.push(server)
  }
  return { from, passed, cut: 'no server took the call' }
}
