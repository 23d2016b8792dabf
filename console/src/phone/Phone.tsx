// The customer's phone: choose what to call, call, talk, press keys, hang up. Nothing else.
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { PhoneInfo } from '../api/types';
import { CustomerLine } from '../voice/customer';
import { RemoteAudio } from '../voice/RemoteAudio';
import { InCall } from './InCall';
import { Start } from './Start';
import { useStore } from '../lib/store';

export function Phone() {
  const [info, setInfo] = useState<PhoneInfo | null>(null);
  const [line, setLine] = useState<CustomerLine | null>(null);
  const [problem, setProblem] = useState('');
  const [tries, setTries] = useState(0);

  useEffect(() => {
    let here = true;
    api.phone().then(
      (found) => {
        if (!here) return;
        setProblem('');
        setInfo(found);
        setLine((old) => old ?? new CustomerLine(found.sip, guest()));
      },
      (err: unknown) => here && setProblem(err instanceof Error ? err.message : 'The phone cannot be used now.'),
    );
    return () => {
      here = false;
    };
  }, [tries]);

  return (
    <main className="phone" data-testid="phone">
      <header>
        <img src="/favicon.svg" width="44" height="44" alt="" />
        <h1>Call us</h1>
      </header>
      {problem && (
        <div className="problem" role="alert" data-testid="phone-problem">
          {problem}
          <button type="button" onClick={() => setTries(tries + 1)}>
            Try again
          </button>
        </div>
      )}
      {!problem && (!info || !line) && <p className="quiet">One moment.</p>}
      {info && line && <Line info={info} line={line} />}
    </main>
  );
}

function Line({ info, line }: { info: PhoneInfo; line: CustomerLine }) {
  const state = useStore(line.state);
  const [number, setNumber] = useState(info.numbers[0]?.number ?? '');
  const label = info.numbers.find((n) => n.number === number)?.label ?? number;
  useEffect(() => {
    const leave = () => line.hangUp();
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, [line]);
  return (
    <>
      {state.kind === 'idle' || state.kind === 'ended' ? (
        <Start info={info} number={number} choose={setNumber} state={state} call={() => void line.call(number)} />
      ) : (
        <InCall line={line} state={state} label={label} number={number} />
      )}
      <RemoteAudio stream={line.remote} />
    </>
  );
}

/** The name this browser calls under: the same for all calls of this tab. */
function guest(): string {
  return `web-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? 'guest'}`;
}
