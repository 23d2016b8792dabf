// How loud a stream is, many times a second, for a bar on the screen.

/** Calls back with a level of 0 to 1 about 30 times a second until the returned function is called. */
export function meter(stream: MediaStream, show: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let held = 0;
  let frame = 0;
  let last = 0;
  const turn = (now: number) => {
    frame = requestAnimationFrame(turn);
    if (now - last < 33) return;
    last = now;
    analyser.getFloatTimeDomainData(samples);
    held = Math.max(level(samples), held * 0.85); // falls slower than it rises: readable
    show(held);
  };
  frame = requestAnimationFrame(turn);
  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
    void context.close();
  };
}

/** Loudness of samples as 0 (-60 dBFS or less) to 1 (full scale). */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  if (sum === 0) return 0;
  const decibel = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, (decibel + 60) / 60));
}
