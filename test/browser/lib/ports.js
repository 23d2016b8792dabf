import { execFileSync, spawn } from 'node:child_process'
import dgram from 'node:dgram'
import net from 'node:net'

/** This machine as a host: where programs run unless a story has hosts of its own (hosts.js). */
export const here = {
  address: '127.0.0.1',
  port: freePort,
  spawn,
  run: execFileSync,
}

/** A port of the loopback address that is free for TCP and UDP now, and that no outgoing connection will take. */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 9_000) // below the range of outgoing connections
    if ((await free(net.createServer(), (s, done) => s.listen(port, '127.0.0.1', done)))
      && (await free(dgram.createSocket('udp4'), (s, done) => s.bind(port, '127.0.0.1', done)))) return port
  }
}

function free(socket, bind) {
  return new Promise((answer) => {
    socket.once('error', () => answer(false))
    bind(socket, () => socket.close(() => answer(true)))
  })
}
