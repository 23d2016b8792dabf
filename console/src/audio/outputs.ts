// Where sound comes out: the headset for talk, perhaps a loudspeaker for ringing. '' is the system's own choice.
import { remember, remembered } from '../lib/prefs';
import { store } from '../lib/store';

export const headset = store(remembered('headset'));
export const ringer = store(remembered('ringer'));

export function chooseOutput(which: 'headset' | 'ringer', device: string): void {
  remember(which, device);
  (which === 'headset' ? headset : ringer).set(device);
}

interface Sink {
  setSinkId?: (id: string) => Promise<void>;
}

/** Sends an element's or a context's sound to a device; a device that has gone leaves the system's choice. */
export async function route(to: HTMLMediaElement | AudioContext, device: string): Promise<void> {
  const sink = to as unknown as Sink;
  if (!sink.setSinkId) return; // the browser offers no choice
  try {
    await sink.setSinkId(device);
  } catch {
    if (device) await sink.setSinkId('').catch(() => undefined);
  }
}

/** Whether this browser can choose outputs at all. */
export const canChooseOutput = typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

export interface Device {
  id: string;
  label: string;
}

export async function devices(kind: 'audioinput' | 'audiooutput'): Promise<Device[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all
    .filter((d) => d.kind === kind && d.deviceId !== '')
    .map((d, i) => ({ id: d.deviceId, label: d.label || `${kind === 'audioinput' ? 'Microphone' : 'Output'} ${i + 1}` }));
}
