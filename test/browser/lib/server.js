// The real program, with the demo configuration on free ports and a data directory of its own.
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './ports.js'
import { temporary } from './temp.js'
import { until } from './wait.js'

export const root = new URL('../../..', import.meta.url).pathname
export const program = join(root, 'bin/callfloor')

export class Server {
  /**
   * Starts a server on a host. edit(file, text) may change any configuration file before; tls is {certificate, key} for
   * HTTPS, WSS and SIP over TLS.
   */
  static async start({ edit = (_, text) => text, data, tls, host = here } = {}) {
    const s = new Server()
    s.host = host
    s.dir = temporary('callfloor-')
    s.data = data ?? join(s.dir, 'data')
    s.http = await host.port()
    s.sip = await host.port()
    s.webrtc = await host.port()
    s.sipAddress = `${host.address}:${s.sip}`
    s.tls = tls && { ...tls, port: await host.port() }
    s.tlsAddress = tls && `${host.address}:${s.tls.port}`
    s.url = `${tls ? 'https' : 'http'}://${host.address}:${s.http}`
    cpSync(join(root, 'configs/demo'), join(s.dir, 'config'), { recursive: true })
    writeFileSync(join(s.dir, 'config/callfloor.yaml'), s.#main())
    for (const file of readdirSync(join(s.dir, 'config'), { recursive: true })) {
      const path = join(s.dir, 'config', file)
      if (!file.endsWith('.yaml') || !statSync(path).isFile()) continue
      const text = readFileSync(path, 'utf8')
      const edited = edit(file, text)
      if (edited !== text) writeFileSync(path, edited)
    }
    await s.run()
    return s
  }

  #main() {
    const pem = this.tls && `certificate: ${this.tls.certificate}, key: ${this.tls.key}`
    return `
data: ${this.data}
http: {listen: "${this.host.address}:${this.http}"${pem ? `, tls: {${pem}}` : ''}}
sip: {udp: "${this.sipAddress}", tcp: "${this.sipAddress}"${pem ? `, tls: "${this.tlsAddress}", ${pem}` : ''}}
media: {address: ${this.host.address}, ports: "30000-30999", webrtc: ${this.webrtc}}
hold_music: music.wav
log: {level: debug}
`
  }

  async run() {
    this.log ??= ''
    this.process = this.host.spawn(program, ['serve', join(this.dir, 'config')], { stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (d) => (this.log += d)
    this.process.stdout.on('data', keep)
    this.process.stderr.on('data', keep)
    await until('the server is ready', async () => {
      if (this.process.exitCode !== null) throw new Error(`it ended:\n${this.log}`)
      return (await fetch(`${this.url}/readyz`)).ok
    })
  }

  async #end(signal) {
    if (this.process.exitCode !== null || this.process.signalCode) return
    const gone = new Promise((r) => this.process.once('exit', r))
    this.process.kill(signal)
    await gone
  }

  /** What a command of the program, such as status, says of this server. */
  ask(command, ...flags) { return String(execFileSync(program, [command, '--data', this.data, ...flags])) }

  stop() { return this.#end('SIGTERM') }
  kill() { return this.#end('SIGKILL') }

  /** Every WAV under the data directory's recordings. */
  recordings() {
    return readdirSync(this.data, { recursive: true }).filter((f) => f.endsWith('.wav') && f.includes('recordings')).map((f) => join(this.data, f))
  }
}
