// One live call on the floor: who is with whom, and what a supervisor can do with it.
import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import type { FloorCall } from '../api/types';
import { caller, clock } from '../lib/format';
import { showAbout } from './ui';

const states: Record<string, string> = { ringing: 'Ringing', talking: 'Talking', consulting: 'Several talk' };
const roles: Record<string, string> = { transferred: 'is offered it', consulted: 'is asked', supervisor: 'supervises' };

export function CallRow({ c, age }: { c: FloorCall; age: number }) {
  return (
    <tr data-testid={`floor-call-${c.call}`} data-state={c.state}>
      <th scope="row">
        {caller(c.name, c.from)}
        <small>{[c.name && c.from, c.entry || c.to].filter(Boolean).join(' · ')}</small>
      </th>
      <td>
        {c.parties.map((p) => (
          <span key={p.agent} className="party">
            {p.name || p.agent}
            {(roles[p.role] ?? '') && <small>{roles[p.role]}</small>}
          </span>
        ))}
      </td>
      <td>{c.queueLabel || c.queue}</td>
      <td className={c.state === 'ringing' ? 'away' : 'ready'}>
        <i className="dot" aria-hidden /> {states[c.state] ?? c.state}
      </td>
      <td>
        <time>{clock(age)}</time>
      </td>
      <td className="actions-cell">
        <CallActions c={c} />
      </td>
    </tr>
  );
}

/** The one place for what can be done with a call of somebody else. */
function CallActions({ c }: { c: FloorCall }) {
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<IconArrowRight size={13} />}
      onClick={() => showAbout('move', c.call)}
      aria-label={`Move ${caller(c.name, c.from)} to another queue`}
      data-testid={`floor-call-${c.call}-move`}
    >
      Move
    </Button>
  );
}
