// A real browser with a microphone that sings one note, and ears that measure.
import { chromium } from 'playwright-core'
import { here } from './ports.js'

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
  '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--ignore-certificate-errors',
]

/** Every page that was opened for the story that runs. */
export const pages = []

export function launch(host = here) {
  return chromium.launch({ executablePath: host.chromium?.() ?? '/usr/bin/chromium', headless: true, args: flags })
}

/** A fresh page whose microphone sends hz, with these cookies; problems of the page are kept in page.problems. */
export async function open(browser, url, hz, cookies = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 }, permissions: ['microphone', 'notifications'], ignoreHTTPSErrors: true,
  })
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url })))
  await context.addInitScript(singing, hz)
  const page = await context.newPage()
  pages.push(page)
  page.problems = []
  page.on('pageerror', (e) => page.problems.push(String(e)))
  page.on('console', (m) => m.type() === 'error' && page.problems.push(m.text()))
  await page.goto(url)
  return page
}

/** Replaces the microphone by an oscillator: the page's own code asks for it as always. Keeps its connections in sight. */
function singing(hz) {
  const Real = RTCPeerConnection
  window.__connections = []
  window.RTCPeerConnection = class extends Real {
    constructor(...args) {
      super(...args)
      window.__connections.push(this)
    }
  }
  navigator.mediaDevices.getUserMedia = async () => {
    const ctx = new AudioContext()
    await ctx.resume()
    const tone = new OscillatorNode(ctx, { frequency: hz })
    const gain = new GainNode(ctx, { gain: 0.3 })
    const out = ctx.createMediaStreamDestination()
    tone.connect(gain).connect(out)
    tone.start()
    return out.stream
  }
}

/** How long the page's last connection keeps what it hears in its own jitter buffer, in ms. */
export function buffered(page) {
  return page.evaluate(async () => {
    for (const stats of (await window.__connections.at(-1).getStats()).values()) {
      if (stats.type === 'inbound-rtp') return (1000 * stats.jitterBufferDelay) / stats.jitterBufferEmittedCount
    }
    return 0
  })
}

/** Levels in dB of the given frequencies in what the page's remote audio plays, and of everything together. */
export async function hears(page, ...frequencies) {
  return page.evaluate(async (frequencies) => {
    const audio = document.querySelector('[data-testid=remote-audio]')
    if (!audio?.srcObject?.getAudioTracks().length) return { loud: -200, at: frequencies.map(() => -200) }
    const first = !window.__ears
    const ctx = (window.__ears ??= new AudioContext())
    await ctx.resume()
    const source = ctx.createMediaStreamSource(audio.srcObject)
    const ear = new AnalyserNode(ctx, { fftSize: 16384, smoothingTimeConstant: 0 })
    source.connect(ear)
    const samples = new Float32Array(ear.fftSize)
    const deaf = () => (ear.getFloatTimeDomainData(samples), samples.every((s) => s === 0))
    for (let n = 0; first && deaf() && n < 150; n++) await new Promise((r) => setTimeout(r, 20)) // new ears may be, for a while
    const from = ctx.currentTime // by its own clock: it may be slow to start
    while (ctx.currentTime < from + 0.4) await new Promise((r) => setTimeout(r, 20)) // one window of sound
    const bins = new Float32Array(ear.frequencyBinCount)
    ear.getFloatFrequencyData(bins)
    const hzPerBin = ctx.sampleRate / ear.fftSize
    source.disconnect()
    const around = (hz) => Math.max(...bins.slice(Math.floor((hz - 5) / hzPerBin), Math.ceil((hz + 5) / hzPerBin) + 1))
    return { loud: Math.max(...bins), at: frequencies.map(around) }
  }, frequencies)
}
