// Machines of their own on one network: each is a network namespace with an address, joined by a bridge. A machine can
// die, and the cable of one can be pulled. Whatever runs on them ends with the story, and with a story that was killed.
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporary } from './temp.js'

const ip = (...args) => String(execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }))

const namespaces = () => JSON.parse(ip('-j', 'netns', 'list') || '[]').map(({ name }) => name)

const bridges = () => JSON.parse(ip('-j', 'link', 'show', 'type', 'bridge')).filter(({ ifname }) => /^cfb\d+$/.test(ifname))

/** Processes that are gone without having removed their machines. */
function leftOver() {
  const owners = [...namespaces().map((name) => /^cf(\d+)-/.exec(name)), ...bridges().map((b) => /^callfloor (\d+)$/.exec(b.ifalias ?? ''))]
  return [...new Set(owners.filter(Boolean).map((found) => Number(found[1])))].filter((pid) => !alive(pid))
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Ends everything on a process' machines, of one network or of all, and removes them and the network. */
function remove(owner, net = '') {
  for (const name of namespaces().filter((name) => name.startsWith(`cf${owner}-${net && `${net}-`}`))) {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch { /* it ended by itself */ }
    }
    ip('netns', 'del', name)
  }
  for (const b of bridges()) if (b.ifalias === `callfloor ${owner}` && (net === '' || b.ifname === `cfb${net}`)) ip('link', 'del', b.ifname)
}

export class Hosts {
  /** A network without machines. It needs root. */
  static make() {
    const h = new Hosts()
    try {
      for (const pid of leftOver()) remove(pid)
      h.net = bridge()
    } catch (e) {
      throw new Error(`This story needs network namespaces (iproute2 and the rights of root: run it as root, or in a container with CAP_NET_ADMIN and CAP_SYS_ADMIN): ${e.stderr ?? e.message}`, { cause: e })
    }
    h.atExit = () => h.stop()
    process.once('exit', h.atExit)
    return h
  }

  /** A new machine. It has what ports.js' here has, and is cut off and mended. */
  add(name) {
    this.count = (this.count ?? 1) + 1
    const ns = `cf${process.pid}-${this.net}-${name}`
    const link = `cfv${this.net}-${this.count}`
    const address = `10.213.${this.net}.${this.count}`
    ip('netns', 'add', ns)
    ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns)
    ip('link', 'set', link, 'master', `cfb${this.net}`, 'up')
    ip('-n', ns, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    ip('-n', ns, 'link', 'set', 'eth0', 'up')
    ip('-n', ns, 'link', 'set', 'lo', 'up')
    let port = 10_000
    const there = (program, args) => ['ip', ['netns', 'exec', ns, program, ...args]]
    return {
      address,
      port: async () => (port += 2), // baresip takes the next one, too
      spawn: (program, args, options) => spawn(...there(program, args), options),
      run: (program, args, options) => execFileSync(...there(program, args), options),
      chromium() {
        const path = join(temporary('chromium-'), 'chromium')
        writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${ns} /usr/bin/chromium "$@"\n`, { mode: 0o755 })
        return path
      },
      cut: () => ip('link', 'set', link, 'down'),
      mend: () => ip('link', 'set', link, 'up'),
    }
  }

  stop() {
    process.off('exit', this.atExit)
    remove(process.pid, this.net)
  }
}

/** Makes a bridge with the first free number from 1 to 254; this machine has the network's address 1. */
function bridge() {
  const first = 1 + Math.floor(Math.random() * 254)
  for (let n = 0; n < 254; n++) {
    const net = 1 + ((first + n) % 254)
    try {
      ip('link', 'add', 'name', `cfb${net}`, 'type', 'bridge')
    } catch (e) {
      if (/File exists/.test(e.stderr)) continue
      throw e
    }
    ip('link', 'set', `cfb${net}`, 'alias', `callfloor ${process.pid}`)
    ip('addr', 'add', `10.213.${net}.1/24`, 'dev', `cfb${net}`)
    ip('link', 'set', `cfb${net}`, 'up')
    return net
  }
  throw new Error('every network is taken')
}
