// Real databases, each for one story.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.js'
import { until } from './wait.js'

function listening(port) {
  return new Promise((answer) => {
    const s = net.connect(port, '127.0.0.1', () => {
      s.destroy()
      answer(true)
    })
    s.on('error', () => answer(false))
  })
}

async function ended(process, signal) {
  const gone = new Promise((r) => process.once('exit', r))
  process.kill(signal)
  await gone
}

/** A redis-server: {address, stop()}. */
export async function redis() {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'redis-'))
  const process = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', dir], { stdio: 'ignore' })
  await until('redis-server listens', () => listening(port))
  return { address: `127.0.0.1:${port}`, stop: () => ended(process, 'SIGTERM') }
}

/** A Postgres cluster of its own, which refuses to run as root: {url, query(sql), stop()}. */
export async function postgres() {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'postgres-'))
  chmodSync(dir, 0o777)
  const bin = readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`).at(-1)
  const as = userInfo().uid === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  const run = (...args) => execFileSync([...as, ...args][0], [...as, ...args].slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  run(`${bin}/initdb`, '-D', `${dir}/data`, '-A', 'trust', '-U', 'callfloor', '--no-sync')
  const process = spawn([...as, `${bin}/postgres`][0],
    [...as, `${bin}/postgres`, '-D', `${dir}/data`, '-p', port, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`].slice(1),
    { stdio: 'ignore' })
  await until('Postgres listens', () => listening(port))
  const query = (sql) => String(execFileSync('psql', ['-h', '127.0.0.1', '-p', port, '-U', 'callfloor', 'postgres', '-Atc', sql]))
  await until('Postgres answers', () => query('SELECT 1'))
  return { url: `postgres://callfloor@127.0.0.1:${port}/postgres?sslmode=disable`, query, stop: () => ended(process, 'SIGTERM') }
}
