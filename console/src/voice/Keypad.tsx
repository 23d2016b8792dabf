// The twelve keys, for agents and customers alike.
import { useState } from 'react';

const keys = [
  ['1', ''], ['2', 'ABC'], ['3', 'DEF'],
  ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'],
  ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'],
  ['*', ''], ['0', '+'], ['#', ''],
] as const; // prettier-ignore

export function Keypad({ press, disabled = false }: { press: (key: string) => void; disabled?: boolean }) {
  const [sent, setSent] = useState('');
  const hit = (k: string) => {
    setSent((s) => (s + k).slice(-24));
    press(k);
  };
  return (
    <div className="keypad" role="group" aria-label="Keypad" data-testid="keypad">
      <output aria-label="Keys sent">{sent || (disabled ? '' : 'Digits on the keyboard work too')}</output>
      {keys.map(([k, letters]) => (
        <button key={k} type="button" disabled={disabled} onClick={() => hit(k)} data-testid={`key-${names[k] ?? k}`} aria-label={names[k] ?? k}>
          {k}
          <small aria-hidden>{letters}</small>
        </button>
      ))}
    </div>
  );
}

const names: Record<string, string> = { '*': 'star', '#': 'hash' };
