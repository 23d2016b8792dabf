import { IconPhone } from '@tabler/icons-react';
import type { PhoneInfo } from '../api/types';
import type { CustomerState } from '../voice/customer';

interface Props {
  info: PhoneInfo;
  number: string;
  choose: (number: string) => void;
  state: CustomerState;
  call: () => void;
}

export function Start({ info, number, choose, state, call }: Props) {
  if (info.numbers.length === 0) {
    return <p className="quiet" data-testid="phone-empty">No number can be called from the web.</p>;
  }
  return (
    <>
      {state.kind === 'ended' && state.reason && (
        <p className={state.failed ? 'problem' : 'quiet'} role="status" data-testid="phone-ended">
          {state.reason}
        </p>
      )}
      <fieldset className="numbers">
        <legend>Whom do you want to call?</legend>
        {info.numbers.map((n) => (
          <label key={n.number} className={n.number === number ? 'chosen' : ''} data-testid={`number-${n.number}`}>
            <input type="radio" name="number" value={n.number} checked={n.number === number} onChange={() => choose(n.number)} />
            <span>{n.label || n.number}</span>
            <small>{n.number}</small>
          </label>
        ))}
      </fieldset>
      <button type="button" className="call" onClick={call} disabled={!number} data-testid="phone-call">
        <IconPhone size={22} aria-hidden /> Call
      </button>
      <p className="quiet small">Your browser will ask to use the microphone.</p>
    </>
  );
}
