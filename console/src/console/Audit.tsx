// What supervisors did to others: who, what, to whom, when, from where, and what came of it.
import { Button, Select, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { Deed } from '../api/types';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useTold } from './hooks';
import { Problem } from './Why';

const verbs: Record<string, string> = {
  sign_out: 'Signed out',
  choose: 'Set the state of',
  assign: 'Assigned to',
  move: 'Moved a caller',
  listen: 'Listened to',
  whisper: 'Whispered to',
  barge: 'Joined the call of',
  take_over: 'Took over from',
};
const page = 50;
const none = { by: '', agent: '', verb: '', call: '' };

export function Audit({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const [filter, setFilter] = useState(none);
  const [more, setMore] = useState<Deed[]>([]);
  const about = JSON.stringify(filter);
  const { said, problem } = useTold(
    (signal) => api.audit({ ...filter, limit: String(page) }, signal),
    about,
    m.server?.now,
  );
  useEffect(() => setMore([]), [about]);
  const field = (name: keyof typeof none, label: string) => (
    <TextInput
      size="xs"
      label={label}
      value={filter[name]}
      onChange={(e) => setFilter({ ...filter, [name]: e.currentTarget.value.trim() })}
      data-testid={`audit-${name}`}
    />
  );
  const all = [...(said ?? []), ...more.filter((d) => !said?.some((x) => x.id === d.id))];
  const last = all.at(-1);
  const older = async () => {
    if (!last) return;
    const next = await api.audit({ ...filter, limit: String(page), before: last.id }).catch(() => []);
    setMore((seen) => [...seen, ...next]);
  };
  return (
    <main className="audit" data-testid="audit">
      <h2 className="title">Audit</h2>
      <div className="filters">
        {field('by', 'By (id)')}
        {field('agent', 'To (id)')}
        <Select
          size="xs"
          label="What"
          clearable
          value={filter.verb || null}
          onChange={(verb) => setFilter({ ...filter, verb: verb ?? '' })}
          data={Object.entries(verbs).map(([value, label]) => ({ value, label: label.replace(/ (of|to|from)$/, '') }))}
          data-testid="audit-verb"
        />
        {field('call', 'Call')}
      </div>
      {problem && <Problem text={problem} />}
      {said && all.length === 0 && <Text c="dimmed">Nothing was done that this asks for.</Text>}
      {all.length > 0 && (
        <table className="agents">
          <thead>
            <tr>
              {['When', 'Who', 'What', 'Call', 'From', 'Result'].map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((d) => (
              <tr key={d.id} data-testid="audit-row" data-verb={d.verb} data-result={d.result}>
                <td>
                  <time dateTime={d.at}>{new Date(d.at).toLocaleString()}</time>
                </td>
                <th scope="row">{d.byName || d.by}</th>
                <td>
                  {[verbs[d.verb] ?? d.verb, d.agentName || d.agent].filter(Boolean).join(' ')}
                  <small>{[d.queueLabel, d.detail].filter(Boolean).join(' → ')}</small>
                </td>
                <td className="id">{d.call}</td>
                <td>{d.address}</td>
                <td className={d.result === 'done' ? 'ready' : 'trouble'}>
                  {d.result === 'done' ? 'Done' : `Refused: ${d.result.replaceAll('_', ' ')}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {all.length > 0 && all.length % page === 0 && (
        <Button mt="sm" size="xs" variant="default" onClick={() => void older()} data-testid="audit-more">
          Older
        </Button>
      )}
    </main>
  );
}
