// A test that leaves its evidence behind when it fails: what every page showed, and what the server's diary says.
import { mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { launch, pages } from './browser.js'
import { Server } from './server.js'
import { clear } from './temp.js'

const results = new URL('../results/', import.meta.url).pathname

/**
 * Runs tell({browser, server, ends}) with a browser and a server of its own. Options are those of Server.start, or a
 * function of ends that makes them. ends(thing) stops the thing after the story, the last one first.
 */
export function story(name, options, tell) {
  storyOn(name, async (ends) => {
    const server = ends(await Server.start(typeof options === 'function' ? await options(ends) : options))
    return { server, servers: [server] }
  }, tell)
}

/** The same on what set(ends) makes: {servers, people: the host of the browser, …}. */
export function storyOn(name, set, tell) {
  test(name, { timeout: 120_000 }, async () => {
    const open = []
    const ends = (thing) => (open.push(thing), thing)
    let stage
    let browser
    try {
      stage = await set(ends)
      browser = await launch(stage.people)
      await tell({ ...stage, browser, ends })
    } catch (e) {
      if (stage) await evidence(name, stage.servers)
      throw e
    } finally {
      await browser?.close() // a server that stops waits for its pages to go to another one
      for (const thing of open.reverse()) await thing.stop()
      pages.length = 0
      clear()
    }
  })
}

async function evidence(name, servers) {
  const base = results + name.replace(/\W+/g, '-').slice(0, 60)
  mkdirSync(results, { recursive: true })
  for (const [i, server] of servers.entries()) writeFileSync(`${base}${i ? `-n${i + 1}` : ''}.log`, server.log)
  for (const [i, page] of pages.entries()) {
    await page.screenshot({ path: `${base}-${i}.png` }).catch(() => {})
    if (page.problems.length) writeFileSync(`${base}-${i}.txt`, page.problems.join('\n'))
  }
  process.stderr.write(`see ${base}*\n`)
}
