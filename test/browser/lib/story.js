// A test that leaves its evidence behind when it fails: what every page showed, and what the server's diary says.
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { launch, pages } from './browser.js'
import { Server } from './server.js'

const results = new URL('../results/', import.meta.url).pathname

/** Runs tell({browser, server}) with a browser and a server of its own; options as of Server.start. */
export function story(name, options, tell) {
  test(name, { timeout: 120_000 }, async () => {
    const browser = await launch()
    const server = await Server.start(options)
    const ends = []
    try {
      await tell({ browser, server, ends: (thing) => (ends.push(thing), thing) })
    } catch (e) {
      await evidence(name, server)
      throw e
    } finally {
      for (const thing of ends) await thing.stop()
      await browser.close()
      pages.length = 0
      await server.stop()
    }
  })
}

async function evidence(name, server) {
  const base = results + name.replace(/\W+/g, '-').slice(0, 60)
  mkdirSync(results, { recursive: true })
  writeFileSync(`${base}.log`, server.log)
  for (const [i, page] of pages.entries()) {
    await page.screenshot({ path: `${base}-${i}.png` }).catch(() => {})
    if (page.problems.length) writeFileSync(`${base}-${i}.txt`, page.problems.join('\n'))
  }
  process.stderr.write(`see ${base}*\n`)
}
