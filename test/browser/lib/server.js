// The real program, with the demo configuration on free ports and a data directory of its own.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.js'
import { until } from './wait.js'

export const root = new URL('../../..', import.meta.url).pathname
export const program = join(root, 'bin/callfloor')

export class Server {
  /** Starts a server. edit(file, text) may change any configuration file before; tls is {certificate, key} for HTTPS, WSS and SIP over TLS. */
  static async start({ edit = (_, text) => text, data, tls } = {}) {
    const s = new Server()
    s.dir = mkdtempSync(join(tmpdir(), 'callfloor-'))
    s.data = data ?? join(s.dir, 'data')
    s.http = await freePort()
    s.sip = await freePort()
    s.webrtc = await freePort()
    s.sipAddress = `127.0.0.1:${s.sip}`
    s.tls = tls && { ...tls, port: await freePort() }
    s.tlsAddress = tls && `127.0.0.1:${s.tls.port}`
    s.url = `${tls ? 'https' : 'http'}://127.0.0.1:${s.http}`
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
http: {listen: "127.0.0.1:${this.http}"${pem ? `, tls: {${pem}}` : ''}}
sip: {udp: "127.0.0.1:${this.sip}", tcp: "127.0.0.1:${this.sip}"${pem ? `, tls: "${this.tlsAddress}", ${pem}` : ''}}
media: {address: 127.0.0.1, ports: "30000-30999", webrtc: ${this.webrtc}}
hold_music: music.wav
log: {level: debug}
`
  }

  async run() {
    this.log ??= ''
    this.process = spawn(program, ['serve', join(this.dir, 'config')], { stdio: ['ignore', 'pipe', 'pipe'] })
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

  stop() { return this.#end('SIGTERM') }
  kill() { return this.#end('SIGKILL') }

  /** Every WAV under the data directory's recordings. */
  recordings() {
    return readdirSync(this.data, { recursive: true }).filter((f) => f.endsWith('.wav') && f.includes('recordings')).map((f) => join(this.data, f))
  }
}
