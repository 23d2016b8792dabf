// SIPp plays callers that do exactly what a list of steps says.
import dgram from 'node:dgram'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './ports.js'
import { keys, tone, writeMuLaw } from './sound.js'
import { temporary } from './temp.js'

export class SIPp {
  /**
   * Calls number@server. Steps: {pause: ms}, {info: key}, {inBand: keys}, {tone: hz, ms}, {bye: true}, {hums: hz}, to the end,
   * {follows: true}, to whoever sends a re-INVITE, and {told: true}, which waits until the caller is told to go on, at a port, and
   * follows nobody. transport: udp or tcp. With calls there are so many callers, rate a second come, and from may tell them apart
   * by [call_number].
   */
  static call(server, number, { transport = 'udp', from = 'sipp', host = here, port, steps, calls = 1, rate = 10 }) {
    const s = new SIPp()
    s.at = { host, port, id: `${from}-${process.pid}-${Date.now()}` } // of the one caller
    const dir = (s.dir = temporary('sipp-'))
    writeFileSync(join(dir, 'caller.xml'), scenario(dir, number, from, transport, steps))
    s.process = host.spawn('sipp', ['-sf', 'caller.xml', '-m', calls, '-r', rate, '-l', calls, '-t', transport === 'tcp' ? 't1' : 'u1', '-i', host.address,
      ...(calls === 1 ? ['-cid_str', s.at.id] : []), ...(port ? ['-p', port] : []), '-nostdin', '-trace_err', '-trace_msg', '-timeout', '60', server.sipAddress], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
    s.problems = ''
    s.process.stderr.on('data', (d) => (s.problems += d))
    s.ended = new Promise((done) => s.process.once('exit', done))
    return s
  }

  /** Tells a caller who waits for it to go on: by a word that no server says. */
  tell() {
    const { host, port, id } = this.at
    const socket = dgram.createSocket('udp4')
    socket.send(`NOTIFY sip:caller@${host.address}:${port} SIP/2.0\r\nVia: SIP/2.0/UDP ${host.address}:9;branch=z9hG4bK-${id}\r
From: <sip:story@localhost>;tag=1\r\nTo: <sip:caller@localhost>\r\nCall-ID: ${id}\r\nCSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n`,
    port, host.address, () => socket.close())
  }

  /** Everything that went over the wire. */
  messages() {
    return readdirSync(this.dir).filter((f) => f.endsWith('_messages.log')).map((f) => readFileSync(join(this.dir, f), 'utf8')).join('')
  }

  async stop() {
    if (this.process.exitCode === null) this.process.kill('SIGKILL')
    await this.ended
  }
}

function scenario(dir, number, from, transport, steps) {
  const headers = (method, cseq, to = '[peer_tag_param]') => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]a[call_number]
To: <sip:${number}@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:${from}@[local_ip]:[local_port];transport=${transport}>
Max-Forwards: 70`
  const send = (method, cseq, body = '', extra = '', to) => `<send${method === 'ACK' ? '' : ' retrans="500"'}><![CDATA[
${method} sip:${number}@[remote_ip]:[remote_port] SIP/2.0
${headers(method, cseq, to)}
${extra}Content-Length: [len]

${body}]]></send>`
  let cseq = 1
  const step = (s, n) => {
    if (s.pause) return `<pause milliseconds="${s.pause}"/>`
    if (s.info)
      return send('INFO', ++cseq, `Signal=${s.info}\nDuration=160\n`, 'Content-Type: application/dtmf-relay\n') + '<recv response="200"/>'
    if (s.told) return '<recv request="INVITE" optional="true"/><recv request="NOTIFY"/>'
    if (s.follows) return `<recv request="INVITE"><action>
<ereg regexp="@?([0-9.]+):([0-9]+)" search_in="hdr" header="Contact:" assign_to="where,host,port"/></action></recv>
<nop><action><log message="follows [$where]"/><setdest host="[$host]" port="[$port]" protocol="${transport}"/></action></nop>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:${from}@[local_ip]:[local_port];transport=${transport}>
Content-Type: application/sdp
Content-Length: [len]

${sdp}]]></send><recv request="ACK"/>`
    if (s.bye) return send('BYE', ++cseq) + '<recv response="200"/>'
    const file = join(dir, `sound${n}.ul`)
    const samples = s.hums ? tone(s.hums, 1) : s.tone ? tone(s.tone, s.ms / 1000) : keys(s.inBand)
    writeMuLaw(file, samples)
    if (s.hums) return `<nop><action><exec rtp_stream="${file},-1,0"/></action></nop>`
    return `<nop><action><exec rtp_stream="${file},1,0"/></action></nop><pause milliseconds="${samples.length / 8 + 100}"/>`
  }
  const sdp = `v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
`
  return `<?xml version="1.0" encoding="us-ascii"?>
<scenario name="caller">
${send('INVITE', 1, sdp, 'Content-Type: application/sdp\n', '')}
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
<recv response="200"/>
${send('ACK', 1)}
${steps.map(step).join('\n')}
</scenario>`
}
