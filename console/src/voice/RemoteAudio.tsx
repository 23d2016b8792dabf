// The other side's voice. Always this one element plays it, on the chosen headset.
import { useEffect, useRef, useState } from 'react';
import { headset, route } from '../audio/outputs';
import { useStore, type Store } from '../lib/store';

export function RemoteAudio({ stream }: { stream: Store<MediaStream | null> }) {
  const element = useRef<HTMLAudioElement>(null);
  const [blocked, setBlocked] = useState(false);
  const source = useStore(stream);
  const device = useStore(headset);

  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = source;
    setBlocked(false);
    if (!source) return;
    audio.play().catch((err: unknown) => {
      if (err instanceof DOMException && err.name === 'NotAllowedError') setBlocked(true);
    });
  }, [source]);
  useEffect(() => {
    if (element.current) void route(element.current, device);
  }, [device]);

  const unblock = () => {
    setBlocked(false);
    void element.current?.play();
  };
  return (
    <>
      <audio ref={element} data-testid="remote-audio" autoPlay />
      {blocked && (
        <button type="button" className="unblock" data-testid="unblock-audio" onClick={unblock}>
          The browser holds the sound back. Click to hear the call.
        </button>
      )}
    </>
  );
}
