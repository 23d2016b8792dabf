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

const given = new Set()

/**
 * A port of the loopback address that is free for TCP and UDP now, as is the next one, which baresip takes as well;
 * nobody else in this process gets either. It is above the sound of baresip, and no outgoing connection will take it.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 5_000)
    if (given.has(port)) continue
    given.add(port)
    if ((await unused(port)) && (await unused(port + 1))) return port
  }
}

async function unused(port) {
  return (await free(net.createServer(), (s, done) => s.listen(port, '127.0.0.1', done)))
    && (await free(dgram.createSocket('udp4'), (s, done) => s.bind(port, '127.0.0.1', done)))
}

function free(socket, bind) {
  return new Promise((answer) => {
    socket.once('error', () => answer(false))
    bind(socket, () => socket.close(() => answer(true)))
  })
}
