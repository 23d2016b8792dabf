// Giving the caller to another queue or to a colleague, or asking a colleague first: which one, and a word for them.
import { Button, Group, Kbd, Modal, Select, Text, Textarea } from '@mantine/core';
import { useEffect, useState, type KeyboardEvent } from 'react';
import { api, type To } from '../api/client';
import type { Colleague, Target, Targets } from '../api/types';
import { caller } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { phaseOf } from './model';
import { show, ui } from './ui';

export function TransferDialog({ desk }: { desk: Desk }) {
  const { dialog } = useStore(ui);
  const call = useStore(desk.model).server?.call;
  const opened = (dialog === 'transfer' || dialog === 'consult') && !!call && phaseOf(call) === 'own';
  const who = call ? caller(call.name, call.from) : '';
  return (
    <Modal
      opened={opened}
      onClose={() => show('')}
      title={dialog === 'consult' ? `Consult somebody about ${who}` : `Transfer ${who}`}
      centered
      data-testid="transfer-dialog"
      transitionProps={{ duration: 120 }}
    >
      {opened && <Choice desk={desk} consult={dialog === 'consult'} />}
    </Modal>
  );
}

function Choice({ desk, consult }: { desk: Desk; consult: boolean }) {
  const [targets, setTargets] = useState<Targets | null>(null);
  const [problem, setProblem] = useState('');
  const [to, setTo] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    api.targets(stop.signal).then(setTargets, (err: unknown) => !stop.signal.aborted && setProblem(String(err)));
    return () => stop.abort();
  }, []);
  const go = async () => {
    if (!to || sending) return;
    setSending(true);
    const t = target(to);
    const sent = consult ? desk.consult(t, note.trim()) : desk.transfer(t, note.trim());
    if (await sent) show('');
    setSending(false);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void go();
  };
  return (
    <div onKeyDown={keys}>
      <Select
        label={consult ? 'Whom' : 'To'}
        placeholder="Type a name, or a number"
        data={targets ? choices(targets, consult, typed) : []}
        searchValue={typed}
        onSearchChange={setTyped}
        value={to}
        onChange={setTo}
        searchable
        data-autofocus
        error={problem}
        nothingFoundMessage={targets ? 'Nobody of this name.' : 'Asking the server.'}
        comboboxProps={{ transitionProps: { duration: 0 } }}
        data-testid="transfer-to"
      />
      <Textarea
        mt="sm"
        label={consult ? 'Note for your colleague' : 'Note for whoever takes it'}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={2}
        data-testid="transfer-note"
      />
      <Text size="xs" c="dimmed" mt="xs">
        {consult || !to?.startsWith(queue)
          ? 'The caller is yours until it is answered. They hear music meanwhile.'
          : 'Your part ends once the caller stands in the queue. They hear its music meanwhile.'}
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => show('')}>
          Keep talking
        </Button>
        <Button onClick={() => void go()} disabled={!to} loading={sending} data-testid="transfer-confirm">
          {consult ? 'Consult' : 'Transfer'}{' '}
          <span className="keys" aria-hidden>
            <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd>
          </span>
        </Button>
      </Group>
    </div>
  );
}

const agent = 'agent:';
const queue = 'queue:';
const number = 'number:';

/** Everything that can be chosen; whoever cannot take a call is there with the reason. */
function choices(t: Targets, consult: boolean, typed: string) {
  const queues = t.queues.map((q) => ({ value: queue + q.name, label: words(q), disabled: !q.open }));
  const agents = t.agents.map((a) => ({ value: agent + a.id, label: colleague(a), disabled: a.why !== '' }));
  const dialled = numberIn(typed);
  return [
    { group: 'Queues', items: consult ? [] : queues },
    { group: 'Colleagues', items: consult ? colleagues(t) : agents },
    { group: 'Outside', items: dialled ? [{ value: number + dialled, label: typed }] : [] },
  ].filter((g) => g.items.length > 0);
}

/** What is typed as a number to be dialled, '' when it is none. The server is the judge of it. */
export function numberIn(typed: string): string {
  const bare = typed.replace(/[\s()./-]/g, '');
  return /^\+?[0-9*#]{2,}$/.test(bare) ? bare : '';
}

/** Who can be consulted: with anything in hand nobody is asked. */
function colleagues(t: Targets) {
  return t.agents.map((a) => {
    const why = a.why || (a.idle ? '' : 'has something in hand');
    return { value: agent + a.id, label: colleague({ ...a, why }), disabled: why !== '' };
  });
}

function target(chosen: string): To {
  if (chosen.startsWith(number)) return { number: chosen.slice(number.length) };
  if (chosen.startsWith(agent)) return { agent: chosen.slice(agent.length) };
  return { queue: chosen.slice(queue.length) };
}

export function colleague(a: Colleague): string {
  return a.why ? `${a.name} (${a.why})` : `${a.name} (available)`;
}

/** A queue and what a caller would find there. */
export function words(t: Target): string {
  if (!t.open) return `${t.label} (closed)`;
  const waits = t.waiting === 0 ? 'nobody waits' : t.waiting === 1 ? '1 waits' : `${t.waiting} wait`;
  return `${t.label} (${waits}, ${t.available === 0 ? 'nobody' : t.available} free)`;
}
