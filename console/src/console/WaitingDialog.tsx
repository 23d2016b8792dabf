// One who waits, seen by a supervisor: what they ask for, who was considered, and the first reason against each.
import { Button, Group, Modal, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useState } from 'react';
import { api } from '../api/client';
import type { Explanation, FloorQueue } from '../api/types';
import { caller, clock, span } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useNow, useTold } from './hooks';
import { show, showAbout, ui } from './ui';
import { asks, Problem, sentence } from './Why';

export function WaitingDialog({ desk, queues }: { desk: Desk; queues: FloorQueue[] }) {
  const { dialog, about } = useStore(ui);
  const waits = queues.flatMap((q) => q.line).find((w) => w.interaction === about);
  return (
    <Modal
      opened={dialog === 'waiting'}
      onClose={() => show('')}
      title={waits ? caller(waits.name, waits.from) : 'No longer waiting'}
      centered
      size="lg"
      data-testid="waiting-dialog"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'waiting' &&
        (waits ? <Considered desk={desk} about={about} /> : <Text size="sm">They wait no more.</Text>)}
    </Modal>
  );
}

function Considered({ desk, about }: { desk: Desk; about: string }) {
  const m = useStore(desk.model);
  const { said, at, problem } = useTold((signal) => api.explanation(about, signal), about, m.server);
  const now = useNow(1000);
  if (problem) return <Problem text={problem} />;
  if (!said) return null;
  const label = m.server?.queues?.find((q) => q.name === said.queue)?.label || said.queue;
  return (
    <>
      <p className="verdict" data-testid="waiting-verdict">
        {label}, waiting {clock(said.waitedMs + (now - at))}
        <small>{[`priority ${said.priority}`, asks(said)].filter(Boolean).join(' · ')}</small>
      </p>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconArrowRight size={13} />}
        onClick={() => showAbout('move', about)}
        data-testid="waiting-move"
      >
        Move to another queue
      </Button>
      <h3 className="why-title">Who comes next, by {said.strategy.replaceAll('_', ' ')}</h3>
      <ol className="reasons" data-testid="candidates">
        {said.candidates
          .filter((c) => c.against.kind !== 'queue')
          .map((c) => (
            <Candidate key={c.agent} desk={desk} call={about} c={c} skilled={said.needs.some((n) => !n.language)} />
          ))}
      </ol>
    </>
  );
}

/** Who is there can be given it, whatever their skills are; the server has the last word. */
const assignable = ['', 'tried', 'skill', 'language', 'preferred', 'cooldown', 'blended', 'draining'];

interface CandidateProps {
  desk: Desk;
  call: string;
  c: Explanation['candidates'][number];
  skilled: boolean;
}

function Candidate({ desk, call, c, skilled }: CandidateProps) {
  const [sure, setSure] = useState(false);
  const facts = [
    skilled && c.mean > 0 ? `proficiency ${Math.round(c.mean)}` : '',
    c.used > 0 ? `${c.used} in hand` : '',
    c.idleMs > 0 ? `idle for ${span(c.idleMs)}` : '',
    c.calls === 1 ? '1 call' : c.calls > 1 ? `${c.calls} calls` : '',
  ];
  return (
    <li
      data-testid={`candidate-${c.agent}`}
      data-kind={c.against.kind}
      className={c.against.kind === '' ? 'ready' : ''}
    >
      <span>
        {c.name || c.agent}
        <small>{facts.filter(Boolean).join(' · ')}</small>
      </span>
      <span>
        {sentence(c.against.words) || 'May be offered it'}
        {assignable.includes(c.against.kind) && !sure && (
          <Button
            size="compact-xs"
            variant="default"
            ml="sm"
            onClick={() => setSure(true)}
            data-testid={`assign-${c.agent}`}
          >
            Assign
          </Button>
        )}
        {sure && (
          <Group gap={6} justify="flex-end" mt={4} role="alertdialog" aria-label={`Assign it to ${c.name || c.agent}?`}>
            <Button size="compact-xs" variant="default" onClick={() => setSure(false)}>
              Cancel
            </Button>
            <Button
              size="compact-xs"
              autoFocus
              onClick={() => void desk.assign(call, c.agent).then(() => show(''))}
              data-testid={`assign-${c.agent}-confirm`}
            >
              Assign to {c.name || c.agent}
            </Button>
          </Group>
        )}
      </span>
    </li>
  );
}
