// The floor as supervisors see it: how their queues do today, every live call, every agent. The page's socket tells of news,
// and then the floor is asked for again.
import { Text } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { api } from '../api/client';
import type { FloorAgent, FloorCall, FloorQueue, QueueToday } from '../api/types';
import { caller, clock, span, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import { AgentDialog } from './AgentDialog';
import { Agents } from './Agents';
import { CallRow } from './CallRow';
import { DayChart } from './DayChart';
import type { Desk } from './desk';
import { bars, serviceLevel, stands } from './floor';
import { useNow, useTold } from './hooks';
import { reasonLabel } from './model';
import { MoveDialog } from './MoveDialog';
import { showAbout } from './ui';
import { WaitingDialog } from './WaitingDialog';
import { Problem } from './Why';

export function Floor({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { said, at, problem } = useTold((signal) => api.floor(signal), '', m.server);
  const today = useTold((signal) => api.today(signal), '', m.server).said;
  const label = (code: string) => reasonLabel(m, code);
  return (
    <main className="overview" data-testid="floor">
      {problem && <Problem text={problem} />}
      {said && (
        <>
          <section aria-label="Queues" className="queue-cards">
            <h2 className="title">Queues</h2>
            {said.queues.length === 0 && <Text c="dimmed">You see no queue: your own are the ones you supervise.</Text>}
            {said.queues.map((q) => (
              <Card
                key={q.name}
                q={q}
                at={at}
                now={said.now}
                agents={said.agents}
                today={today?.queues.find((t) => t.name === q.name)}
                label={label}
              />
            ))}
          </section>
          <Calls desk={desk} calls={said.calls ?? []} at={at} now={said.now} />
          <Agents
            agents={said.agents}
            at={at}
            now={said.now}
            today={new Map((today?.agents ?? []).map((a) => [a.agent, a]))}
            label={label}
          />
          <AgentDialog desk={desk} agents={said.agents} label={label} />
          <WaitingDialog desk={desk} queues={said.queues} />
          <MoveDialog desk={desk} said={said} />
        </>
      )}
    </main>
  );
}

interface CardProps {
  q: FloorQueue;
  at: number;
  now: number;
  agents: FloorAgent[];
  today: QueueToday | undefined;
  label: (code: string) => string;
}

function Card({ q, at, now, agents, today, label }: CardProps) {
  const ticks = useNow(1000);
  const name = (id: string) => agents.find((a) => a.id === id)?.name || id;
  const tones = agents.filter((a) => a.queues.includes(q.name)).map((a) => stands(a, label).tone);
  const count = (...of: string[]) => tones.filter((t) => of.includes(t)).length;
  const level = today ? serviceLevel(today.tally) : null;
  return (
    <article className="line" data-testid={`floor-queue-${q.name}`}>
      <h3>
        {q.label || q.name}
        <small>
          <IconUsers size={13} aria-hidden /> {count('ready')} free, {count('busy')} busy, {count('away', 'trouble')}{' '}
          away
        </small>
        <b
          aria-label={`${q.waiting} waiting`}
          className={q.waiting ? 'some' : ''}
          data-testid={`floor-${q.name}-waiting`}
        >
          {q.waiting}
        </b>
      </h3>
      <dl className="figures">
        <Figure term="Longest wait" value={q.waiting ? clock(q.oldestMs + (ticks - at)) : '–'} />
        <Figure
          term="In time"
          value={level === null ? '–' : `${level} %`}
          hint={today && `Answered within ${span(today.promptMs)}, of those who were answered or gave up`}
          id={`floor-${q.name}-level`}
        />
        <Figure term="Answered" value={today?.tally.answered ?? '–'} id={`floor-${q.name}-answered`} />
        <Figure term="Gave up" value={today?.tally.abandoned ?? '–'} id={`floor-${q.name}-abandoned`} />
      </dl>
      {today && <DayChart bars={bars(today.quarters, now)} label={q.label || q.name} />}
      <ul>
        {q.line.map((w) => (
          <li key={w.interaction}>
            <button
              type="button"
              onClick={() => showAbout('waiting', w.interaction)}
              data-testid="floor-waiting"
              aria-label={`${caller(w.name, w.from)}, waiting ${spoken(w.waitedMs + (ticks - at))}: why, and what can be done`}
            >
              <span>{caller(w.name, w.from)}</span>
              <small>{w.state === 'offered' ? `rings for ${w.with.split(',').map(name).join(', ')}` : ''}</small>
              <time>{clock(w.waitedMs + (ticks - at))}</time>
            </button>
          </li>
        ))}
      </ul>
      {q.waiting > q.line.length && <small>and {q.waiting - q.line.length} more</small>}
    </article>
  );
}

function Figure({
  term,
  value,
  hint,
  id,
}: {
  term: string;
  value: string | number;
  hint?: string | undefined;
  id?: string;
}) {
  return (
    <div title={hint}>
      <dt>{term}</dt>
      <dd data-testid={id}>{value}</dd>
    </div>
  );
}

function Calls({ desk, calls, at, now }: { desk: Desk; calls: FloorCall[]; at: number; now: number }) {
  const ticks = useNow(1000);
  return (
    <section aria-label="Live calls" data-testid="floor-calls">
      <h2 className="title">
        Calls <span>{calls.length === 0 ? 'none now' : calls.length === 1 ? '1 now' : `${calls.length} now`}</span>
      </h2>
      {calls.length > 0 && (
        <div className="scrolls">
          <table className="agents">
            <thead>
              <tr>
                {['Caller', 'With', 'Queue', 'State', 'For'].map((h) => (
                  <th key={h} scope="col">
                    {h}
                  </th>
                ))}
                <th scope="col" aria-label="What can be done" />
              </tr>
            </thead>
            <tbody>
              {calls.map((c) => (
                <CallRow desk={desk} key={c.call} c={c} age={now - c.since + (ticks - at)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
