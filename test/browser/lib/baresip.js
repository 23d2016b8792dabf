// A real SIP phone: baresip, driven over its control socket, its sound from and to WAV files.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { here } from './ports.js'
import { readWAV, writeTone } from './sound.js'
import { temporary } from './temp.js'
import { until } from './wait.js'

const modules = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules'].find(existsSync)

export class Baresip {
  /** account: {user, domain (host:port), password?, register?, transport?, srtp?, answer?: 'auto'|'manual'}; hz: the tone it sends, unless source is a WAV. */
  static async start(account, hz = 440, source, host = here) {
    const b = new Baresip()
    b.host = host
    b.dir = temporary('baresip-')
    b.heardDir = join(b.dir, 'heard')
    mkdirSync(b.heardDir)
    b.control = await host.port()
    const sip = (b.port = await host.port())
    const tone = source ?? join(b.dir, 'tone.wav')
    if (!source) writeTone(tone, hz, 120)
    writeFileSync(join(b.dir, 'config'), config(host.address, tone, b.dir, b.control, sip, b.heardDir))
    writeFileSync(join(b.dir, 'accounts'), accountLine(account))
    writeFileSync(join(b.dir, 'contacts'), '')
    b.process = host.spawn('baresip', ['-f', b.dir, '-v'], { stdio: ['ignore', 'pipe', 'pipe'], cwd: b.heardDir })
    b.log = ''
    b.process.stdout.on('data', (d) => (b.log += d))
    b.process.stderr.on('data', (d) => (b.log += d))
    try {
      await until('baresip answers', () => b.#connect())
      if (account.register === true) await until('baresip is registered', () => /200 OK/.test(b.log))
    } catch (e) {
      b.process.kill('SIGKILL')
      throw new Error(`${e.message}\n${b.log}\n${b.events}`)
    }
    return b
  }

  #connect() {
    return new Promise((done, fail) => {
      const s = net.connect(this.control, this.host.address, () => {
        this.socket = s
        done(true)
      })
      s.on('error', fail)
      s.on('data', (d) => this.#hear(String(d)))
    })
  }

  #hear(text) {
    this.events = (this.events ?? '') + text
    this.established ??= this.saw('CALL_ESTABLISHED') ? Date.now() : undefined
    this.closed ??= this.saw('CALL_CLOSED') ? Date.now() : undefined
  }

  /** Seconds since the call was established: a place in what it heard. */
  at() { return (Date.now() - this.established) / 1000 }

  async inCall() {
    try {
      await until('baresip is in a call', () => this.established)
    } catch (e) {
      throw new Error(`${e.message}\n${this.log.slice(-2000)}`, { cause: e })
    }
  }
  over(seconds) { return until('the call is over for baresip', () => this.saw('CALL_CLOSED'), seconds) }

  command(command, params = '') {
    const json = JSON.stringify({ command, params, token: 't' })
    this.socket.write(`${Buffer.byteLength(json)}:${json},`)
  }

  dial(uri) { this.command('dial', uri) }
  /** What was is over: the next call is another story. */
  forget() { this.events = this.established = this.closed = undefined }

  accept() { this.command('accept') }
  hangup() {
    this.closed ??= Date.now()
    this.command('hangup')
  }

  hold() { this.command('hold') }
  resume() { this.command('resume') }
  async press(keys) { for (const k of keys) this.command('sndcode', k) }

  /** True once an event of this type (CALL_ESTABLISHED, CALL_INCOMING, CALL_CLOSED …) was told. */
  saw(type) { return (this.events ?? '').includes(`"type":"${type}"`) }

  /** Samples it heard between two places, in seconds; complete once it has stopped. */
  hears(from, to) {
    const { rate, seconds, channels } = readWAV(this.heard())
    const shift = seconds - (this.closed - this.established) / 1000 // the sound began a little later than the call
    return channels[0].slice(Math.round((from + shift) * rate), Math.round((to + shift) * rate))
  }

  /** Seconds of sound heard so far: a place that stays right although no sound came for a while. */
  sofar() { return (statSync(this.heard()).size - 44) / 16_000 }

  /** Samples it heard between two such places; complete once it has stopped. */
  between(from, to) {
    const { rate, channels } = readWAV(this.heard())
    return channels[0].slice(Math.round(from * rate), Math.round(to * rate))
  }

  /** The WAV of what this phone has heard; complete once it has stopped. */
  heard() {
    const f = readdirSync(this.heardDir).find((n) => n.endsWith('-dec.wav'))
    if (!f) throw new Error(`baresip wrote no sound in ${this.heardDir}`)
    return join(this.heardDir, f)
  }

  async stop() {
    this.closed ??= Date.now()
    this.socket?.destroy()
    if (this.process.exitCode !== null || this.process.signalCode) return
    const gone = new Promise((r) => this.process.once('exit', r))
    this.process.kill('SIGTERM')
    const late = setTimeout(() => this.process.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(late)
  }
}

function accountLine(a) {
  const params = [
    a.password ? `auth_user=${a.user};auth_pass=${a.password}` : '',
    a.register ? 'regint=300' : 'regint=0',
    a.srtp ? 'mediaenc=srtp-mand' : '',
    `answermode=${a.answer ?? 'manual'}`,
    `dtmfmode=${a.dtmf ?? 'rtpevent'}`,
    'audio_codecs=' + (a.codecs ?? 'pcmu'),
  ].filter(Boolean)
  return `<sip:${a.user}@${a.domain};transport=${a.transport ?? 'udp'}>;${params.join(';')}\n`
}

function config(address, tone, dir, control, sip, heard) {
  return `
poll_method epoll
sip_listen ${address}:${sip}
call_local_timeout 120
call_max_calls 4
audio_path ${dir}
audio_player aufile,${join(heard, 'played.wav')}
audio_source aufile,${tone}
audio_alert aufile,${join(heard, 'alert.wav')}
audio_level no
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_timeout 60
rtcp_mux no
jitter_buffer_delay 1-5
net_interface ${address}
module_path ${modules}
module g711.so
module aufile.so
module sndfile.so
module srtp.so
module account.so
module contact.so
module menu.so
module ctrl_tcp.so
module_tmp uuid.so
module_app auloop.so
ctrl_tcp_listen ${address}:${control}
snd_path ${heard}
`
}
