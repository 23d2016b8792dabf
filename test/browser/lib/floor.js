// A floor of several servers, each on a machine of its own, behind the one address that docs/operate.md tells to set up.
import { readFileSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { join } from 'node:path'
import { certificate } from './certificate.js'
import { Hosts } from './hosts.js'
import { Server, root } from './server.js'
import { postgres, redis } from './stores.js'
import { temporary } from './temp.js'
import { until } from './wait.js'

/**
 * Makes a floor: {hosts, servers, store, sql, people, phones, url}. people and phones are machines for browsers, and for
 * phones and callers; a page with the cookie {NODE: 'n2'} begins at the second server. edit is as Server.start's. redis is
 * the section of the configuration, made of the hosts; none is a server of its own, store.
 */
export async function floor(ends, { nodes = 3, edit = (_, text) => text, stores } = {}) {
  const hosts = ends(Hosts.make())
  const [data, front, people, phones] = ['data', 'front', 'people', 'phones'].map((name) => hosts.add(name))
  const store = await (stores ? stores(hosts) : single(data))
  const sql = await postgres(data)
  const all = (file, text) => edit(file, file === 'callfloor.yaml'
    ? `${text}redis: {${store.config}}\nsql: {url: "${sql.url}"}\n` : text)
  const servers = await Promise.all(Array.from({ length: nodes }, (_, n) => hosts.add(`n${n + 1}`)).map((host) => Server.start({
    host, edit: (file, text) => (file === 'callfloor.yaml'
      ? `${all(file, text)}cluster: {listen: "${host.address}:7443", secret: "the story's own shared secret"}\n` : all(file, text)),
  })))
  await until('the servers know each other', () => servers.every((s) => s.log.match(/node found/g)?.length >= nodes - 1), 20)
  await balance(front, servers)
  return { hosts, servers, store, sql, people, phones, url: `https://${front.address}` }
}

async function single(host) {
  const store = await redis(host)
  return { ...store, config: `address: "${store.address}"` }
}

/** Starts haproxy as the manual says. */
async function balance(host, servers) {
  const dir = temporary('haproxy-')
  const { certificate: cert, key } = certificate(host.address)
  writeFileSync(join(dir, 'desk.pem'), readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'))
  const manual = /```\n(defaults\n[^`]*)```/.exec(readFileSync(join(root, 'docs/operate.md'), 'utf8'))[1]
  const config = manual.replace('/etc/haproxy/desk.pem', join(dir, 'desk.pem'))
    .replace(/(server n)(\d) \S+/g, (_, server, n) => `${server}${n} ${servers[n - 1].host.address}:${servers[n - 1].http}`)
  writeFileSync(join(dir, 'haproxy.cfg'), config)
  const process = host.spawn('haproxy', ['-db', '-f', join(dir, 'haproxy.cfg')], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  process.stdout.on('data', (d) => (log += d))
  process.stderr.on('data', (d) => (log += d))
  await until('haproxy leads to the servers', () => {
    if (process.exitCode !== null) throw new Error(log)
    return ready(`https://${host.address}/readyz`)
  })
}

/** Whether a health check holds; nobody has signed the certificate. */
function ready(url) {
  return new Promise((answer, fail) => {
    https.get(url, { rejectUnauthorized: false }, (r) => answer(r.resume().statusCode === 200)).on('error', fail)
  })
}
