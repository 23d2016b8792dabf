// An agent at the real console.
import assert from 'node:assert/strict'
import { hears, open } from './browser.js'
import { until } from './wait.js'

const id = (name) => `[data-testid="${name}"]`

export class Agent {
  /** Opens the console with these cookies, logs in and, unless told otherwise, waits until calls may come. */
  static async start(browser, server, name, { hz = 1000, available = true, cookies } = {}) {
    const a = new Agent()
    a.name = name
    a.page = await open(browser, `${server.url}/`, hz, cookies)
    await a.login()
    if (available) await a.available()
    return a
  }

  /** The agent at a page that is open already. */
  static on(page, name) {
    const a = new Agent()
    a.name = name
    a.page = page
    return a
  }

  async login() {
    await this.page.fill(id('login-agent'), this.name)
    await this.page.fill(id('login-password'), 'demo')
    await this.click('login-submit')
    await this.see('console')
  }

  /** Accepts, and has a call in which both can hear each other. */
  async accept() {
    await this.click('offer-accept')
    await this.page.waitForSelector('[data-testid="call"][data-state="talking"]', { timeout: 10_000 })
  }

  /** Ends the call, and says so again. */
  async endCall() {
    await this.click('call-end')
    await this.click('end-confirm')
    await this.see('wrapup')
  }

  /** Hears this frequency now. */
  async hears(hz) {
    const { at } = await hears(this.page, hz)
    assert.ok(at[0] > -45, `${this.name} hears ${hz} Hz: ${at[0]} dB`)
  }

  /** Begins to hear this frequency. */
  begins(hz) { return until(`${this.name} hears ${hz} Hz`, async () => (await hears(this.page, hz)).at[0] > -45) }

  /** Does not hear this frequency now. */
  async hearsNo(hz) {
    const { at } = await hears(this.page, hz)
    assert.ok(at[0] < -70, `${this.name} hears no ${hz} Hz: ${at[0]} dB`)
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
