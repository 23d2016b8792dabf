import { IconMicrophone, IconMicrophoneOff, IconPhoneOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { keyBeep } from '../audio/ringtone';
import { clock, spoken } from '../lib/format';
import type { CustomerLine, CustomerState } from '../voice/customer';
import { Keypad } from '../voice/Keypad';

const words: Partial<Record<CustomerState['kind'], string>> = {
  opening: 'Opening the microphone',
  calling: 'Calling',
  ringing: 'Ringing',
};

interface Props {
  line: CustomerLine;
  state: CustomerState;
  label: string;
  number: string;
}

export function InCall({ line, state, label, number }: Props) {
  const press = useKeypad(line);
  const talking = state.kind === 'talking';
  return (
    <section className="incall" data-testid="phone-incall" data-state={state.kind}>
      <h2>{label}</h2>
      <p className="quiet" role="status" data-testid="phone-state">
        {words[state.kind] ?? number}
      </p>
      {talking ? <Timer since={state.since} /> : <div className="dots" aria-hidden><i /><i /><i /></div>}
      <Keypad press={press} disabled={!talking} />
      <div className="row">
        <button type="button" className={`round ${state.muted ? 'on' : ''}`} aria-pressed={state.muted} disabled={!talking} onClick={() => line.mute(!state.muted)} data-testid="phone-mute">
          {state.muted ? <IconMicrophoneOff size={22} aria-hidden /> : <IconMicrophone size={22} aria-hidden />}
          {state.muted ? 'Unmute' : 'Mute'}
        </button>
        <button type="button" className="round stop" onClick={() => line.hangUp()} data-testid="phone-hangup">
          <IconPhoneOff size={22} aria-hidden /> Hang up
        </button>
      </div>
    </section>
  );
}

function Timer({ since }: { since: number }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <time role="timer" aria-label={spoken(now - since)} data-testid="phone-timer">
      {clock(now - since)}
    </time>
  );
}

/** Sends keys from the screen and the keyboard, and lets them be heard. */
function useKeypad(line: CustomerLine): (key: string) => void {
  const context = useRef<AudioContext | null>(null);
  const press = (key: string) => {
    if (line.state.get().kind !== 'talking') return;
    line.key(key);
    context.current ??= new AudioContext();
    keyBeep(context.current, key);
  };
  const latest = useRef(press);
  latest.current = press;
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      if (document.activeElement instanceof HTMLInputElement) return;
      if (!e.repeat && !e.ctrlKey && !e.metaKey && !e.altKey && /^[0-9*#]$/.test(e.key)) latest.current(e.key);
    };
    window.addEventListener('keydown', down);
    return () => {
      window.removeEventListener('keydown', down);
      void context.current?.close();
      context.current = null;
    };
  }, []);
  return press;
}
