// Why something that waits does not come to an agent: the first reason against each, as routing sees it.
import { Modal, Text } from '@mantine/core';
import { api } from '../api/client';
import type { NotMine, Waiting } from '../api/types';
import { clock, span } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useNow, useTold } from './hooks';
import { show, ui } from './ui';

export function WhyDialog({ desk }: { desk: Desk }) {
  const { dialog } = useStore(ui);
  return (
    <Modal
      opened={dialog === 'why'}
      onClose={() => show('')}
      title="Why not me?"
      centered
      size="lg"
      data-testid="why-dialog"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'why' && <Mine desk={desk} />}
    </Modal>
  );
}

function Mine({ desk }: { desk: Desk }) {
  const a = useStore(desk.model).server?.agent;
  if (!a) return null;
  return (
    <>
      <p className="verdict" data-testid="why-verdict">
        {a.routable ? 'Calls can come to you.' : `No call can come to you now: ${a.why}.`}
      </p>
      <WhyNot desk={desk} agent="" />
    </>
  );
}

/** What waits in an agent's queues, and why it is not offered to them; one's own without a name. */
export function WhyNot({ desk, agent }: { desk: Desk; agent: string }) {
  const m = useStore(desk.model);
  const { said, at, problem } = useTold((signal) => api.whyNot(agent, signal), agent, m.server);
  const label = (queue: string) => m.server?.queues?.find((q) => q.name === queue)?.label || queue;
  if (problem) return <Problem text={problem} />;
  if (!said) return null;
  if (said.length === 0) {
    return (
      <Text size="sm" c="dimmed" data-testid="why-nobody">
        Nobody waits in {agent ? 'their' : 'your'} queues.
      </Text>
    );
  }
  return (
    <ul className="reasons" data-testid="why-list">
      {said.map((w) => (
        <Reason key={w.interaction} w={w} at={at} where={label(w.queue)} />
      ))}
    </ul>
  );
}

export function Problem({ text }: { text: string }) {
  return (
    <Text role="alert" size="sm" c="red">
      {text}
    </Text>
  );
}

function Reason({ w, at, where }: { w: NotMine; at: number; where: string }) {
  const now = useNow(1000);
  return (
    <li data-testid="why-item" data-kind={w.against.kind}>
      <span>
        {sentence(w.against.words) || 'Nothing is against it: it comes next.'}
        <small>{[`${where}, number ${w.place}`, asks(w)].filter(Boolean).join(' · ')}</small>
      </span>
      <time>{clock(w.waitedMs + (now - at))}</time>
    </li>
  );
}

export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** What an interaction asks for, in words; '' for nothing. */
export function asks(w: Waiting): string {
  const needs = w.needs.map((n) => (n.language ? n.name : n.least > 0 ? `${n.name} ${n.least}` : n.name));
  const parts = [needs.length ? `needs ${needs.join(', ')}` : '', w.only.length ? `only ${w.only.join(', ')}` : ''];
  if (w.relaxesMs !== null) parts.push(`asks for less in ${span(w.relaxesMs)}`);
  return parts.filter(Boolean).join(' · ');
}
