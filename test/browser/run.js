// Runs every file of stories, or those that are named, two side by side: most of a story's time is waiting. At most five
// softphone pages fit on two cores, and no story has more than two at once but those in `alone`, which come last, when
// whatever began beside the stories is over, as do those that measure how quick something is. What a file printed is printed when it ends,
// so that it stands together; what failed, once more at the end.
//
// Each file has a network of its own: ports of two never collide, and when one pulls a cable, no browser of the other one
// believes that its network has changed. That needs root; for anybody else there is one lane.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'

const alone = ['crash.test.js', 'rolling.test.js', 'reload.test.js']
const longest = ['heir.test.js', 'redis.test.js', 'consult.test.js', 'leaving.test.js'] // begin early, or one lane waits for them

const here = new URL('.', import.meta.url).pathname
const named = process.argv.slice(2)
const wanted = readdirSync(here).filter((f) => f.endsWith('.test.js') && (named.length === 0 || named.includes(f)))
const rest = wanted.filter((f) => !alone.includes(f)).sort((a, b) => longest.includes(b) - longest.includes(a))
if (wanted.length === 0) throw new Error(`there are no such stories: ${named.join(' ')}`)
const failed = []
const count = { pass: 0, fail: 0 }

const root = process.getuid() === 0
/** A network with nobody else, which has another end, or browsers believe that they are offline. */
const network = 'ip link set lo up && ip link add eth0 type veth peer name eth1 && ip addr add 10.214.0.1/24 dev eth0 && ip link set eth0 up && ip link set eth1 up && exec "$0" "$@"'

function run(file) {
  const began = Date.now()
  const tell = [process.execPath, '--test', '--test-force-exit', '--test-reporter=spec', file]
  const [program, ...args] = root ? ['unshare', '--net', 'sh', '-c', network, ...tell] : tell
  const child = spawn(program, args, { cwd: here, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const out of [child.stdout, child.stderr]) out.on('data', (d) => (said += d))
  return new Promise((ended) => child.once('close', (code, signal) => {
    const [passed, ...not] = ['pass', 'fail', 'cancelled'].map((word) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(said)?.[1] ?? 0))
    const failures = not.reduce((a, b) => a + b)
    count.pass += passed
    count.fail += failures || (code === 0 ? 0 : 1) // which a file that did not come so far could not say
    const text = `${file}, ${Math.round((Date.now() - began) / 1000)} s${signal ? `, ${signal}` : ''}\n${said.replace(/^ℹ .*\n/gm, '')}`
    if (code !== 0) failed.push(text)
    console.log(text)
    ended()
  }))
}

const lane = async () => {
  while (rest.length) await run(rest.shift())
}

await Promise.all(root ? [lane(), lane()] : [lane()])
for (const file of wanted.filter((f) => alone.includes(f))) await run(file)
if (failed.length) console.log(`\nfailed, once more:\n\n${failed.join('\n')}`)
console.log(`${count.pass} passed, ${count.fail} failed`)
process.exitCode = count.fail ? 1 : 0
