// Sound by numbers: WAV files read and written, tones measured.
import { readFileSync, writeFileSync } from 'node:fs'

const RATE = 8000

/** The level of one frequency in samples (−1…1), as the amplitude of a sine of that frequency (Goertzel). */
export function level(samples, hz, rate = RATE) {
  const k = (2 * Math.PI * hz) / rate
  const c = 2 * Math.cos(k)
  let a = 0
  let b = 0
  for (const s of samples) [a, b] = [s + c * a - b, a]
  const power = a * a + b * b - c * a * b
  return (2 * Math.sqrt(Math.max(power, 0))) / samples.length
}

/** The overall loudness of samples (root mean square, −1…1). */
export function loudness(samples) {
  let sum = 0
  for (const s of samples) sum += s * s
  return Math.sqrt(sum / Math.max(samples.length, 1))
}

/** Samples of a tone. */
export function tone(hz, seconds, amplitude = 0.3) {
  return Array.from({ length: Math.round(seconds * RATE) }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / RATE))
}

/** Writes a mono 16-bit WAV of a tone, or of silence when hz is 0. */
export function writeTone(path, hz, seconds, amplitude = 0.3) {
  const samples = tone(hz, seconds, amplitude)
  const n = samples.length
  const b = Buffer.alloc(44 + 2 * n)
  b.write('RIFF', 0)
  b.writeUInt32LE(36 + 2 * n, 4)
  b.write('WAVEfmt ', 8)
  b.writeUInt32LE(16, 16)
  b.writeUInt16LE(1, 20)
  b.writeUInt16LE(1, 22)
  b.writeUInt32LE(RATE, 24)
  b.writeUInt32LE(2 * RATE, 28)
  b.writeUInt16LE(2, 32)
  b.writeUInt16LE(16, 34)
  b.write('data', 36)
  b.writeUInt32LE(2 * n, 40)
  for (let i = 0; i < n; i++) b.writeInt16LE(Math.round(32767 * samples[i]), 44 + 2 * i)
  writeFileSync(path, b)
}

function muLaw(byte) {
  const u = ~byte & 0xff
  const t = (((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4)
  return (u & 0x80 ? 0x84 - t : t - 0x84) / 32768
}

/** Reads a WAV of 16-bit PCM or µ-law: {rate, seconds, channels: [[…], …]}. */
export function readWAV(path) {
  const b = readFileSync(path)
  if (b.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${path} is no WAV file`)
  let fmt
  for (let at = 12; at + 8 <= b.length; ) {
    const id = b.toString('latin1', at, at + 4)
    const size = b.readUInt32LE(at + 4)
    if (id === 'fmt ') fmt = { code: b.readUInt16LE(at + 8), channels: b.readUInt16LE(at + 10), rate: b.readUInt32LE(at + 12), bits: b.readUInt16LE(at + 22) }
    if (id === 'data') return samplesOf(b.subarray(at + 8, Math.min(at + 8 + size, b.length)), fmt)
    at += 8 + size + (size & 1)
  }
  throw new Error(`${path} has no data`)
}

function samplesOf(data, fmt) {
  const width = fmt.bits / 8
  const n = Math.floor(data.length / width / fmt.channels)
  const channels = Array.from({ length: fmt.channels }, () => new Float64Array(n))
  for (let i = 0; i < n; i++)
    for (let c = 0; c < fmt.channels; c++) {
      const at = (i * fmt.channels + c) * width
      channels[c][i] = fmt.code === 7 ? muLaw(data[at]) : data.readInt16LE(at) / 32768
    }
  return { rate: fmt.rate, seconds: n / fmt.rate, channels }
}

const rows = ['123A', '456B', '789C', '*0#D']
const low = [697, 770, 852, 941]
const high = [1209, 1336, 1477, 1633]

/** Samples of keys as tones (ITU-T Q.23), 100 ms each with 100 ms between; a space is half a second of silence. */
export function keys(script) {
  const out = []
  for (const key of script) {
    if (key === ' ') {
      for (let i = 0; i < RATE / 2; i++) out.push(0)
      continue
    }
    const row = rows.findIndex((r) => r.includes(key))
    const [a, b] = [low[row], high[rows[row].indexOf(key)]]
    for (let i = 0; i < RATE / 5; i++)
      out.push(i < RATE / 10 ? 0.25 * (Math.sin((2 * Math.PI * a * i) / RATE) + Math.sin((2 * Math.PI * b * i) / RATE)) : 0)
  }
  return out
}

/** Writes samples as raw µ-law, as SIPp streams it. */
export function writeMuLaw(path, samples) {
  writeFileSync(path, Buffer.from(samples.map(toMuLaw)))
}

function toMuLaw(s) {
  const v = Math.min(Math.round(Math.abs(s) * 32768), 32635) + 0x84
  const seg = Math.max(0, Math.floor(Math.log2(v)) - 7)
  return ~((s < 0 ? 0x80 : 0) | (seg << 4) | ((v >> (seg + 3)) & 0x0f)) & 0xff
}
