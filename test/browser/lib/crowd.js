// A floor's usual noise: callers who come, wait, and leave again, all the time.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './ports.js'
import { temporary } from './temp.js'

/**
 * SIPp, one process of it, lets so many callers come to a number at a rate a second, press 1, and hang up after so many ms.
 * ended() is how SIPp ends: with 0 when each of them was treated as the list of steps says.
 */
export function crowd(server, { number = '100', calls = 25, rate = 5, ms = 20_000, host = here } = {}) {
  const dir = temporary('crowd-')
  writeFileSync(join(dir, 'crowd.xml'), scenario(number, ms))
  const process = host.spawn('sipp', ['-sf', 'crowd.xml', '-m', calls, '-r', rate, '-l', calls, '-i', host.address, '-nostdin',
    '-trace_stat', '-stf', 'stat.csv', '-fd', '1', '-timeout', '100', server.sipAddress], { cwd: dir, stdio: 'ignore' })
  const gone = new Promise((done) => process.once('exit', done))
  return {
    ended: () => gone,
    async stop() {
      if (process.exitCode === null) process.kill('SIGKILL')
      await gone
    },
  }
}

const headers = (number, method, cseq, to = '[peer_tag_param]') => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:crowd[call_number]@[local_ip]:[local_port]>;tag=[pid]l[call_number]
To: <sip:${number}@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Contact: <sip:crowd[call_number]@[local_ip]:[local_port]>
Max-Forwards: 70`

function scenario(number, ms) {
  const send = (method, cseq, { body = '', extra = '', to } = {}) => `<send${method === 'ACK' ? '' : ' retrans="500"'}><![CDATA[
${method} sip:${number}@[remote_ip]:[remote_port] SIP/2.0
${headers(number, method, cseq, to)}
${extra}Content-Length: [len]

${body}]]></send>`
  const sdp = `v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
`
  return `<?xml version="1.0" encoding="us-ascii"?>
<scenario name="crowd">
${send('INVITE', 1, { body: sdp, extra: 'Content-Type: application/sdp\n', to: '' })}
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
<recv response="200"/>
${send('ACK', 1)}
<pause milliseconds="300"/>
${send('INFO', 2, { body: 'Signal=1\nDuration=160\n', extra: 'Content-Type: application/dtmf-relay\n' })}
<recv response="200"/>
<pause milliseconds="${ms}"/>
${send('BYE', 3)}
<recv response="200"/>
</scenario>`
}
