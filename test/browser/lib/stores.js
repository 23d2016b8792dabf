// Real databases, each for one story.
import { appendFileSync, chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { userInfo } from 'node:os'
import { here } from './ports.js'
import { temporary } from './temp.js'
import { until } from './wait.js'

function listening(host, port) {
  return new Promise((answer) => {
    const s = net.connect(port, host.address, () => {
      s.destroy()
      answer(true)
    })
    s.on('error', () => answer(false))
  })
}

async function ended(process, signal) {
  if (process.exitCode !== null || process.signalCode) return
  const gone = new Promise((r) => process.once('exit', r))
  process.kill(signal)
  await gone
}

/**
 * A redis-server, which may be a replica of another one: {address, stop()}; pause() and resume() let it hang, kill() and
 * run() let it die and come back with what it had, forget() in between with nothing.
 */
export async function redis(host = here, master) {
  const port = await host.port()
  const dir = temporary('redis-')
  const args = ['--port', port, '--bind', host.address, '--protected-mode', 'no', '--save', '', '--appendonly', 'yes',
    '--repl-diskless-sync-delay', '0', '--dir', dir]
  if (master) args.push('--replicaof', ...master.address.split(':'))
  const r = {
    address: `${host.address}:${port}`,
    async run() {
      r.process = host.spawn('redis-server', args, { stdio: 'ignore' })
      await until('redis-server listens', () => listening(host, port))
    },
    ask: (...command) => String(host.run('redis-cli', ['-h', host.address, '-p', port, ...command])),
    pause: () => r.process.kill('SIGSTOP'),
    resume: () => r.process.kill('SIGCONT'),
    kill: () => ended(r.process, 'SIGKILL'),
    forget: () => rmSync(`${dir}/appendonlydir`, { recursive: true }),
    stop: () => (r.resume(), ended(r.process, 'SIGTERM')),
  }
  await r.run()
  if (master) await until('the replica has all', () => /master_link_status:up/.test(r.ask('info', 'replication')))
  return r
}

/** A sentinel that lets a replica take over when its master, known as "floor", has been silent for a second. */
export async function sentinel(host, master) {
  const port = await host.port()
  const dir = temporary('sentinel-')
  const file = `${dir}/sentinel.conf`
  writeFileSync(file, `port ${port}
bind ${host.address}
protected-mode no
dir ${dir}
sentinel monitor floor ${master.address.replace(':', ' ')} 1
sentinel down-after-milliseconds floor 1000
sentinel failover-timeout floor 10000
`)
  const process = host.spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
  await until('the sentinel listens', () => listening(host, port))
  const ask = (...command) => String(host.run('redis-cli', ['-h', host.address, '-p', port, ...command]))
  await until('the sentinel knows the replica', () => ask('sentinel', 'replicas', 'floor').trim())
  return { address: `${host.address}:${port}`, stop: () => ended(process, 'SIGTERM') }
}

/** A Postgres cluster of its own, which refuses to run as root: {url, query(sql), stop()}; after stop() it may run() again. */
export async function postgres(host = here) {
  const port = await host.port()
  const dir = temporary('postgres-')
  chmodSync(dir, 0o777)
  const bin = readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`).at(-1)
  const command = (program, ...args) => {
    const [first, ...rest] = userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--', program, ...args] : [program, ...args]
    return [first, rest]
  }
  host.run(...command(`${bin}/initdb`, '-D', `${dir}/data`, '-A', 'trust', '-U', 'callfloor', '--no-sync'), { stdio: ['ignore', 'pipe', 'pipe'] })
  appendFileSync(`${dir}/data/pg_hba.conf`, 'host all all samenet trust\n')
  const p = { url: `postgres://callfloor@${host.address}:${port}/postgres?sslmode=disable` }
  p.query = (sql) => String(host.run('psql', ['-h', host.address, '-p', port, '-U', 'callfloor', 'postgres', '-Atc', sql]))
  p.run = async () => {
    p.process = host.spawn(...command(`${bin}/postgres`, '-D', `${dir}/data`, '-p', port, '-c', `listen_addresses=${host.address}`,
      '-c', `unix_socket_directories=${dir}`, '-c', 'fsync=off'), { stdio: 'ignore' })
    await until('Postgres listens', () => listening(host, port))
    await until('Postgres answers', () => p.query('SELECT 1'))
  }
  p.stop = async () => {
    if (p.process.exitCode !== null) return
    const gone = new Promise((r) => p.process.once('exit', r))
    host.run(...command(`${bin}/pg_ctl`, '-D', `${dir}/data`, '-m', 'immediate', 'stop'), { stdio: 'ignore' }) // waits for no client
    await gone
  }
  await p.run()
  return p
}
