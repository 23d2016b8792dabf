// Plays a recording: the caller on the left, the agent on the right, as it was recorded.
import { ActionIcon, Slider, Tooltip } from '@mantine/core';
import { IconDownload, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import { headset, route } from '../audio/outputs';
import { clock } from '../lib/format';
import { useStore } from '../lib/store';

const speeds = [1, 1.25, 1.5, 2];

export function Player({ call, seconds }: { call: string; seconds: number }) {
  const audio = useRef<HTMLAudioElement>(null);
  const device = useStore(headset);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(seconds);
  const [speed, setSpeed] = useState(1);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (audio.current) void route(audio.current, device);
  }, [device]);
  const toggle = () => {
    const a = audio.current;
    if (!a) return;
    if (a.paused) a.play().catch(() => setProblem('The recording cannot be played.'));
    else a.pause();
  };
  const faster = () => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  return (
    <div className="player" data-testid="player">
      <audio ref={audio} src={api.recording(call)} preload="metadata" data-testid="player-audio"
        onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setPlaying(false)}
        onTimeUpdate={(e) => setAt(e.currentTarget.currentTime)}
        onLoadedMetadata={(e) => Number.isFinite(e.currentTarget.duration) && setLength(e.currentTarget.duration)}
        onError={() => setProblem('The recording cannot be played.')} />
      {problem ? (
        <span className="trouble" role="alert">{problem}</span>
      ) : (
        <>
          <ActionIcon size={32} radius="xl" aria-label={playing ? 'Pause' : 'Play the recording'} onClick={toggle} data-testid="player-play">
            {playing ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
          </ActionIcon>
          <Slider className="grow" size={4} thumbSize={12} min={0} max={Math.max(length, 0.1)} step={0.1} value={at} label={null} thumbLabel="Position in the recording"
            onChange={(v) => {
              setAt(v);
              if (audio.current) audio.current.currentTime = v;
            }} />
          <time>{clock(at * 1000)} / {clock(length * 1000)}</time>
          <button type="button" className="speed" onClick={faster} aria-label={`Speed ${speed}`}>{speed}×</button>
          <Tooltip label="Download">
            <ActionIcon component="a" href={api.recording(call)} download={`${call}.wav`} variant="subtle" color="gray" aria-label="Download the recording">
              <IconDownload size={16} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
    </div>
  );
}
