// Chromium as the end-to-end tests run it, with a microphone that is a pure tone.
import { chromium } from 'playwright-core';

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--allow-loopback-in-peer-connection',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });

/** Puts an oscillator in place of the microphone. Runs inside the page, before its own scripts. */
export function toneMicrophone(hz) {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const source = context.createOscillator();
    const to = context.createMediaStreamDestination();
    source.frequency.value = hz;
    source.connect(to);
    source.start();
    return to.stream;
  };
}

/** Answers the page's trial of its network in place of the stand-in server, which has no sound. Runs inside the page. */
export function answerTrials() {
  const real = window.fetch;
  window.fetch = async (url, init) => {
    if (!String(url).endsWith('/api/sound/trial')) return real(url, init);
    const pc = new RTCPeerConnection();
    await pc.setRemoteDescription({ type: 'offer', sdp: JSON.parse(init.body).sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    while (pc.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 20));
    return Response.json({ sdp: pc.localDescription.sdp, at: 'here' });
  };
}

/** Loudest frequency and level (dBFS) of what a page plays, heard for half a second. Runs inside the page. */
export async function listen() {
  const audio = document.querySelector('[data-testid="remote-audio"]');
  if (!audio?.srcObject) return { hz: 0, level: -Infinity };
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  context.createMediaStreamSource(audio.srcObject).connect(analyser);
  await new Promise((done) => setTimeout(done, 500));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const peak = bins.indexOf(Math.max(...bins));
  const hz = (peak * context.sampleRate) / analyser.fftSize;
  await context.close();
  return { hz: Math.round(hz), level: Math.round(bins[peak]) };
}
