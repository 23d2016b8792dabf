import dgram from 'node:dgram'
import net from 'node:net'

/** A port that is free for TCP and UDP on the loopback address right now. */
export async function freePort() {
  for (;;) {
    const port = await new Promise((done) => {
      const s = net.createServer().listen(0, '127.0.0.1', () => {
        const p = s.address().port
        s.close(() => done(p))
      })
    })
    const free = await new Promise((done) => {
      const u = dgram.createSocket('udp4')
      u.once('error', () => done(false))
      u.bind(port, '127.0.0.1', () => u.close(() => done(true)))
    })
    if (free) return port
  }
}
