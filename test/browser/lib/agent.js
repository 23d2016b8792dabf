// An agent at the real console.
import { open } from './browser.js'
import { until } from './wait.js'

const id = (name) => `[data-testid="${name}"]`

export class Agent {
  /** Opens the console, logs in and, unless told otherwise, waits until calls may come. */
  static async start(browser, server, name, { hz = 1000, available = true } = {}) {
    const a = new Agent()
    a.name = name
    a.page = await open(browser, `${server.url}/`, hz)
    await a.page.fill(id('login-agent'), name)
    await a.page.fill(id('login-password'), 'demo')
    await a.page.click(id('login-submit'))
    await a.see('console')
    if (available) await a.available()
    return a
  }

  async available() {
    await this.page.click(id('presence'))
    await this.page.click(id('presence-available'))
    await this.stands('ready')
  }

  /** ready, talking, away …: what the presence button shows. */
  stands(tone, seconds = 10) {
    return until(`${this.name} stands ${tone}`, async () => (await this.standing()) === tone, seconds)
  }

  standing() { return this.page.getAttribute(id('presence'), 'data-standing') }
  click(name) { return this.page.click(id(name)) }
  text(name) { return this.page.textContent(id(name)) }
  has(name) { return this.page.isVisible(id(name)) }
  see(name, seconds = 10) { return this.page.waitForSelector(id(name), { timeout: seconds * 1000 }) }
  gone(name, seconds = 10) { return this.page.waitForSelector(id(name), { state: 'hidden', timeout: seconds * 1000 }) }
  close() { return this.page.context().close() }
}
