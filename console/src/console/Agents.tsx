// The agents of a supervisor's queues: found by some letters, chosen by how they stand, in any order.
import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentToday, FloorAgent } from '../api/types';
import { caller, clock, span } from '../lib/format';
import { chosen, stands, type Column } from './floor';
import { useNow } from './hooks';
import { showAbout } from './ui';

const most = 200; // rows at once: whoever looks for more looks by letters

interface Props {
  agents: FloorAgent[];
  at: number;
  now: number;
  today: Map<string, AgentToday>;
  label: (code: string) => string;
}

export function Agents({ agents, at, now, today, label }: Props) {
  const [want, setWant] = useState({ filter: '', tone: '', column: 'presence' as Column, up: false });
  const ticks = useNow(1000);
  const here = agents.filter((a) => a.session === 'online').length;
  const found = chosen(agents, label, want, today);
  const head = (column: Column, text: string) => (
    <th scope="col" aria-sort={want.column !== column ? 'none' : want.up ? 'descending' : 'ascending'}>
      <button
        type="button"
        onClick={() => setWant({ ...want, column, up: want.column === column && !want.up })}
        data-testid={`sort-${column}`}
      >
        {text}
        {want.column === column && <span aria-hidden>{want.up ? ' ↑' : ' ↓'}</span>}
      </button>
    </th>
  );
  return (
    <section aria-label="Agents">
      <h2 className="title">
        Agents <span>{here === 1 ? '1 is signed in' : `${here} are signed in`}</span>
      </h2>
      <div className="filters">
        <TextInput
          size="xs"
          aria-label="Find agents"
          placeholder="Name, caller, queue …"
          leftSection={<IconSearch size={14} />}
          value={want.filter}
          onChange={(e) => setWant({ ...want, filter: e.currentTarget.value })}
          data-testid="floor-filter"
        />
        <SegmentedControl
          size="xs"
          aria-label="How they stand"
          value={want.tone}
          onChange={(tone) => setWant({ ...want, tone })}
          data={[
            { value: '', label: 'All' },
            { value: 'ready', label: 'Free' },
            { value: 'busy', label: 'Busy' },
            { value: 'away', label: 'Away' },
            { value: 'trouble', label: 'Trouble' },
          ]}
        />
      </div>
      <div className="scrolls">
        <table className="agents">
          <thead>
            <tr>
              {head('name', 'Agent')}
              {head('presence', 'Stands')}
              {head('since', 'For')}
              <th scope="col">In hand</th>
              {head('calls', 'Calls')}
              {head('talked', 'Talked')}
              <th scope="col">Device</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map((a) => (
              <Row key={a.id} a={a} ago={(ms) => now - ms + (ticks - at)} today={today.get(a.id)} label={label} />
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && <p className="fine">Nobody stands so.</p>}
      {found.length > most && <p className="fine">and {found.length - most} more: find them by some letters</p>}
    </section>
  );
}

interface RowProps {
  a: FloorAgent;
  ago: (ms: number) => number;
  today: AgentToday | undefined;
  label: (code: string) => string;
}

function Row({ a, ago, today, label }: RowProps) {
  const s = stands(a, label);
  return (
    <tr data-testid={`floor-agent-${a.id}`} data-standing={s.tone}>
      <th scope="row">
        <button type="button" onClick={() => showAbout('agent', a.id)}>
          {a.name || a.id}
        </button>
      </th>
      <td className={s.tone}>
        <i className="dot" aria-hidden /> <span data-testid={`floor-agent-${a.id}-stands`}>{s.label}</span>
        {s.detail && <small>{s.detail}</small>}
      </td>
      <td>{a.since ? <time>{clock(ago(a.since))}</time> : ''}</td>
      <td>
        {a.work.map((w) => (
          <span key={w.lease} className="in-hand">
            {[caller(w.name, w.from), w.queueLabel].join(', ')} {w.since ? <time>{clock(ago(w.since))}</time> : ''}
          </span>
        ))}
      </td>
      <td className="number-cell" title={today?.missed ? `${today.missed} missed or declined` : undefined}>
        {today?.calls ?? 0}
      </td>
      <td className="number-cell">{today?.talkedMs ? span(today.talkedMs) : '–'}</td>
      <td className={a.session === 'online' && !a.device.ok ? 'trouble' : 'fine'}>
        {a.device.kind === 'phone' ? 'Phone' : 'Browser'}
      </td>
    </tr>
  );
}
