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

/**
 * Files of stories run side by side, each in a lane of its own: 0, 1 … Ports are a lane's own, so that what a story has
 * killed finds its own ports free when it comes back. A door that is open as long as the process lives keeps the lane.
 */
const lane = await (async () => {
  for (let n = 0; n < 5; n++) {
    const door = net.createServer().unref()
    if (await new Promise((answer) => door.once('error', () => answer(false)).listen(19_990 + n, '127.0.0.1', () => answer(true)))) return n
  }
  throw new Error('five files of stories run already')
})()

/** Where the sound of this lane's servers goes. */
export const soundPorts = `${30_000 + 500 * lane}-${30_499 + 500 * lane}`

const given = new Set()

/**
 * A port of the loopback address that is free for TCP and UDP now, as is the next one, which baresip takes as well;
 * nobody else in this lane gets either. It is above the sound of baresip, and no outgoing connection will take it.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + 2_000 * lane + 2 * Math.floor(Math.random() * 1_000)
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
