// The microphone: opened once after sign-in and kept open, so that a call never waits for it. What leaves this class
// for a call is always a copy of the track, which the call can silence without touching the level meter.
import { remember, remembered } from '../lib/prefs';
import { store } from '../lib/store';

export interface MicrophoneState {
  kind: 'off' | 'opening' | 'open' | 'refused' | 'missing' | 'busy' | 'failed';
  reason: string; // in words, when it is not open
  device: string; // the id of the one in use
}

/** What may be said to getUserMedia about sound. */
const processing: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Microphone {
  readonly state = store<MicrophoneState>({ kind: 'off', reason: 'The microphone was not opened yet.', device: '' });
  readonly stream = store<MediaStream | null>(null);
  private opening: Promise<MediaStream | null> | null = null;

  /** Opens the remembered microphone, or any if that is not there. Never rejects: the state says what is wrong. */
  open(): Promise<MediaStream | null> {
    if (this.stream.get()) return Promise.resolve(this.stream.get());
    this.opening ??= this.start(remembered('microphone')).finally(() => (this.opening = null));
    return this.opening;
  }

  /** Changes to another microphone and remembers it. */
  async choose(device: string): Promise<void> {
    remember('microphone', device);
    this.close();
    await this.open();
  }

  close(): void {
    for (const t of this.stream.get()?.getTracks() ?? []) t.stop();
    this.stream.set(null);
    this.state.set({ kind: 'off', reason: 'The microphone is off.', device: '' });
  }

  private async start(device: string): Promise<MediaStream | null> {
    this.state.set({ kind: 'opening', reason: 'Allow the microphone in the browser.', device });
    try {
      const stream = await acquire(device);
      const track = stream.getAudioTracks()[0];
      track?.addEventListener('ended', () => this.gone(stream));
      this.stream.set(stream);
      this.state.set({ kind: 'open', reason: '', device: track?.getSettings().deviceId ?? device });
      return stream;
    } catch (err) {
      this.state.set(refusal(err));
      return null;
    }
  }

  private gone(stream: MediaStream): void {
    if (this.stream.get() !== stream) return;
    this.stream.set(null);
    this.state.set({ kind: 'missing', reason: 'The microphone was unplugged.', device: '' });
    void this.open(); // another one may be there
  }
}

async function acquire(device: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException('no media devices', 'SecurityError');
  if (device) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: { ...processing, deviceId: { exact: device } } });
    } catch (err) {
      const name = err instanceof DOMException ? err.name : '';
      if (name !== 'OverconstrainedError' && name !== 'NotFoundError') throw err;
    }
  }
  return navigator.mediaDevices.getUserMedia({ audio: processing });
}

/** Why there is no microphone, told so that somebody can do something about it. */
export function refusal(err: unknown): MicrophoneState {
  const name = err instanceof DOMException || err instanceof Error ? err.name : '';
  switch (name) {
    case 'NotAllowedError':
      return { kind: 'refused', reason: 'The browser may not use the microphone. Allow it beside the address bar.', device: '' };
    case 'SecurityError':
      return { kind: 'refused', reason: 'Microphones need https, or the address 127.0.0.1.', device: '' };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return { kind: 'missing', reason: 'No microphone was found. Plug in a headset.', device: '' };
    case 'NotReadableError':
      return { kind: 'busy', reason: 'Another program holds the microphone.', device: '' };
  }
  return { kind: 'failed', reason: `The microphone does not open (${name || 'unknown reason'}).`, device: '' };
}

/** A track of silence, for a call that must go on while there is no microphone. */
export function silence(context: AudioContext): MediaStreamTrack {
  const track = context.createMediaStreamDestination().stream.getAudioTracks()[0];
  if (!track) throw new Error('a destination always has a track');
  return track;
}
