// Sounds made on the spot: the ring of an offer, a test tone for the headset, the beep of a key.
import { route } from './outputs';

/** The ring: two soft notes, twice, then a pause; in seconds from the start of each turn of 3 s. */
const notes = [
  { at: 0, hz: 659.3 },
  { at: 0.18, hz: 830.6 },
  { at: 0.55, hz: 659.3 },
  { at: 0.73, hz: 830.6 },
];
const turn = 3;

export class Ringtone {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** Rings until stop. A browser that forbids sound before the first click stays silent; the screen still tells. */
  start(device: string): void {
    if (this.context) return;
    const context = new AudioContext();
    this.context = context;
    void route(context, device);
    void context.resume().catch(() => undefined);
    const ring = () => {
      for (const n of notes) bell(context, n.hz, context.currentTime + 0.05 + n.at);
    };
    ring();
    this.timer = setInterval(ring, turn * 1000);
  }

  stop(): void {
    clearInterval(this.timer);
    void this.context?.close();
    this.context = null;
  }
}

function bell(context: AudioContext, hz: number, at: number): void {
  for (const [harmonic, gain] of [[1, 0.22], [2, 0.07], [3, 0.025]] as const) {
    tone(context, hz * harmonic, at, 0.45, gain);
  }
}

function tone(context: AudioContext, hz: number, at: number, seconds: number, gain: number): void {
  const source = context.createOscillator();
  const volume = context.createGain();
  source.frequency.value = hz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(gain, at + 0.012); // no click at the start
  volume.gain.exponentialRampToValueAtTime(0.0005, at + seconds);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + seconds);
}

/** Half a second of the ring's notes, to try an output with. */
export async function tryOut(device: string): Promise<void> {
  const context = new AudioContext();
  await route(context, device);
  await context.resume();
  bell(context, 659.3, context.currentTime + 0.05);
  bell(context, 830.6, context.currentTime + 0.25);
  setTimeout(() => void context.close(), 1000);
}

/** The two frequencies of each key (ITU-T Q.23). */
const pairs: Record<string, readonly [number, number]> = {
  '1': [697, 1209], '2': [697, 1336], '3': [697, 1477],
  '4': [770, 1209], '5': [770, 1336], '6': [770, 1477],
  '7': [852, 1209], '8': [852, 1336], '9': [852, 1477],
  '*': [941, 1209], '0': [941, 1336], '#': [941, 1477],
}; // prettier-ignore

/** Lets the person who pressed a key hear it. */
export function keyBeep(context: AudioContext, key: string): void {
  for (const hz of pairs[key] ?? []) tone(context, hz, context.currentTime, 0.14, 0.05);
}
