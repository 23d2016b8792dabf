// The floor as supervisors see it: every agent of their queues, and who waits in each. The page's socket tells of news,
// and then the floor is asked for again.
import { Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { api } from '../api/client';
import type { FloorAgent, FloorQueue, FloorState } from '../api/types';
import { caller, clock, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import { AgentDialog } from './AgentDialog';
import type { Desk } from './desk';
import { byPresence, stands } from './floor';
import { useNow, useTold } from './hooks';
import { reasonLabel } from './model';
import { showAbout } from './ui';
import { WaitingDialog } from './WaitingDialog';
import { Problem } from './Why';

export function Floor({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { said, at, problem } = useTold((signal) => api.floor(signal), '', m.server);
  return (
    <main className="overview" data-testid="floor">
      {problem && <Problem text={problem} />}
      {said && (
        <>
          <section aria-label="Queues">
            <h2 className="title">Queues</h2>
            {said.queues.length === 0 && <Text c="dimmed">You see no queue: your own are the ones you supervise.</Text>}
            {said.queues.map((q) => (
              <Line key={q.name} q={q} at={at} agents={said.agents} />
            ))}
          </section>
          <Agents said={said} at={at} label={(code) => reasonLabel(m, code)} />
          <AgentDialog desk={desk} agents={said.agents} label={(code) => reasonLabel(m, code)} />
          <WaitingDialog desk={desk} queues={said.queues} />
        </>
      )}
    </main>
  );
}

function Line({ q, at, agents }: { q: FloorQueue; at: number; agents: FloorAgent[] }) {
  const now = useNow(1000);
  const name = (id: string) => agents.find((a) => a.id === id)?.name || id;
  return (
    <article className="line" data-testid={`floor-queue-${q.name}`}>
      <h3>
        {q.label || q.name}
        <small>
          <IconUsers size={13} aria-hidden /> {q.available} of {q.agents} available
        </small>
        <b
          aria-label={`${q.waiting} waiting`}
          className={q.waiting ? 'some' : ''}
          data-testid={`floor-${q.name}-waiting`}
        >
          {q.waiting}
        </b>
      </h3>
      <ul>
        {q.line.map((w) => (
          <li key={w.interaction}>
            <button
              type="button"
              onClick={() => showAbout('waiting', w.interaction)}
              data-testid="floor-waiting"
              aria-label={`${caller(w.name, w.from)}, waiting ${spoken(w.waitedMs + (now - at))}: why`}
            >
              <span>{caller(w.name, w.from)}</span>
              <small>{w.state === 'offered' ? `rings for ${w.with.split(',').map(name).join(', ')}` : ''}</small>
              <time>{clock(w.waitedMs + (now - at))}</time>
            </button>
          </li>
        ))}
      </ul>
      {q.waiting > q.line.length && <small>and {q.waiting - q.line.length} more</small>}
    </article>
  );
}

function Agents({ said, at, label }: { said: FloorState; at: number; label: (code: string) => string }) {
  const now = useNow(1000);
  const here = said.agents.filter((a) => a.session === 'online').length;
  return (
    <section aria-label="Agents">
      <h2 className="title">
        Agents <span>{here === 1 ? '1 is signed in' : `${here} are signed in`}</span>
      </h2>
      <table className="agents">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Stands</th>
            <th scope="col">For</th>
            <th scope="col">In hand</th>
          </tr>
        </thead>
        <tbody>
          {[...said.agents].sort(byPresence).map((a) => {
            const s = stands(a, label);
            return (
              <tr key={a.id} data-testid={`floor-agent-${a.id}`} data-standing={s.tone}>
                <th scope="row">
                  <button type="button" onClick={() => showAbout('agent', a.id)}>
                    {a.name || a.id}
                  </button>
                </th>
                <td className={s.tone}>
                  <i className="dot" aria-hidden /> <span data-testid={`floor-agent-${a.id}-stands`}>{s.label}</span>
                  {s.detail && <small>{s.detail}</small>}
                </td>
                <td>{a.since ? <time>{clock(said.now - a.since + (now - at))}</time> : ''}</td>
                <td>{a.work.map((w) => [caller(w.name, w.from), w.queueLabel].join(', ')).join('; ')}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
