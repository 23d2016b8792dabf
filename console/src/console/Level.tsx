// A bar that moves with the voice. It is drawn past React: thirty times a second is nobody's state.
import { useEffect, useRef } from 'react';
import { meter } from '../audio/meter';

export function Level({ stream, testid }: { stream: MediaStream | null; testid: string }) {
  const bar = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!stream) return;
    return meter(stream, (level) => {
      if (bar.current) bar.current.style.transform = `scaleX(${level.toFixed(3)})`;
      box.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    });
  }, [stream]);
  return (
    <div ref={box} className="level" role="meter" aria-label="Microphone level" aria-valuemin={0} aria-valuemax={100} aria-valuenow={0} data-testid={testid}>
      <div ref={bar} />
    </div>
  );
}
