// One agent, seen by a supervisor: how they stand, and why nothing of what waits comes to them.
import { Modal } from '@mantine/core';
import type { FloorAgent } from '../api/types';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { stands } from './floor';
import { show, ui } from './ui';
import { WhyNot } from './Why';

interface Props {
  desk: Desk;
  agents: FloorAgent[];
  label: (code: string) => string;
}

export function AgentDialog({ desk, agents, label }: Props) {
  const { dialog, about } = useStore(ui);
  const a = agents.find((x) => x.id === about);
  return (
    <Modal
      opened={dialog === 'agent' && !!a}
      onClose={() => show('')}
      title={a?.name || about}
      centered
      size="lg"
      data-testid="agent-dialog"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'agent' && a && <About desk={desk} a={a} label={label} />}
    </Modal>
  );
}

function About({ desk, a, label }: { desk: Desk; a: FloorAgent; label: (code: string) => string }) {
  const s = stands(a, label);
  return (
    <>
      <p className={`verdict ${s.tone}`} data-testid="agent-stands">
        <i className="dot" aria-hidden /> {[s.label, s.detail].filter(Boolean).join(', ')}
      </p>
      <h3 className="why-title">Why not {a.name || a.id}?</h3>
      <WhyNot desk={desk} agent={a.id} />
    </>
  );
}
