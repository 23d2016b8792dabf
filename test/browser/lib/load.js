// Callers without end: one after another dials the sales line, at each server in turn, talks to whoever answers, and
// hangs up. A server that does not take a call is passed over for the next one, as a trunk with several targets does.
import { setTimeout as sleep } from 'node:timers/promises'
import { here } from './ports.js'
import { SIPp } from './sipp.js'
import { until } from './wait.js'

export const callersTone = 600

export class Load {
  /** Begins a call every so many ms, while fewer than most are there; each talks for so many ms. */
  static start(servers, { host = here, every = 1000, talks = 2500, most = 5 } = {}) {
    const l = new Load()
    Object.assign(l, { servers, host, talks, calls: [], there: 0 })
    l.running = (async () => {
      for (let n = 0; !l.enough; await sleep(every)) {
        if (l.there < most) l.comes(servers[n++ % servers.length])
      }
    })()
    return l
  }

  /** One more caller, who tries this server first. */
  comes(server) {
    const first = this.servers.indexOf(server)
    const order = this.servers.map((_, k) => this.servers[(first + k) % this.servers.length])
    this.there++
    this.calls.push(call(`caller${this.calls.length}`, order, this.host, this.talks).finally(() => this.there--))
  }

  /** No more callers come; those who are there finish. What became of each: {from, passed: servers that took no call, cut: '' or how}. */
  async ended() {
    this.enough = true
    await this.running
    return Promise.all(this.calls)
  }

  async stop() { await this.ended() }
}

async function call(from, order, host, talks) {
  const passed = []
  for (const server of order) {
    const s = SIPp.call(server, '100', { from, host, port: await host.port(), steps: [{ pause: 400 }, { info: 1 }, { hums: callersTone }, { told: true }, { bye: true }] })
    await Promise.race([s.ended, talking(server, from, s.process).then(() => sleep(talks)).then(() => s.tell())])
    await s.ended
    if (s.process.exitCode === 0) return { from, passed, cut: '' }
    const said = s.messages()
    if (/^SIP\/2\.0 200/m.test(said)) return { from, passed, cut: `${s.problems}\n${said.split('\n').filter((line) => /^(SIP\/2\.0|[A-Z]+ sip:)/.test(line)).join('\n')}` }
    passed.push(server)
  }
  return { from, passed, cut: 'no server took the call' }
}

/** Waits until a caller talks with an agent. */
async function talking(server, from, process) {
  await until(`${from} talks`, () => {
    const id = new RegExp(`call started" call=(\\S+) from=${from} `).exec(server.log)?.[1]
    return process.exitCode !== null || (id && server.log.includes(`msg=connected call=${id} `))
  }, 40)
}
