// One agent, seen by a supervisor: how they stand, what can be done for them, and why nothing of what waits is theirs.
import { Button, Group, Menu, Modal, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { FloorAgent } from '../api/types';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { stands } from './floor';
import { busyReasons, reasons, whatOf } from './model';
import { look, show, ui } from './ui';
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
  const self = useStore(desk.model).server?.agent.id === a.id;
  const s = stands(a, label);
  return (
    <>
      <p className={`verdict ${s.tone}`} data-testid="agent-stands">
        <i className="dot" aria-hidden /> {[s.label, s.detail].filter(Boolean).join(', ')}
      </p>
      {a.session !== 'offline' && !self && <Actions desk={desk} a={a} />}
      <h3 className="why-title">Why not {a.name || a.id}?</h3>
      <WhyNot desk={desk} agent={a.id} />
    </>
  );
}

/** How a supervisor comes into a talk. */
function Supervise({ desk, call }: { desk: Desk; call: string }) {
  const go = (verb: 'listen' | 'whisper' | 'barge' | 'take-over') => async () => {
    if (!(await desk.supervise(call, verb))) return;
    show('');
    look('desk');
  };
  return (
    <>
      {(
        [
          ['listen', 'Listen'],
          ['whisper', 'Whisper'],
          ['barge', 'Join'],
          ['take-over', 'Take over'],
        ] as const
      ).map(([verb, label]) => (
        <Button key={verb} size="xs" variant="default" onClick={() => void go(verb)()} data-testid={`agent-${verb}`}>
          {label}
        </Button>
      ))}
    </>
  );
}

/** What a supervisor can do; signing somebody out asks first, and says what they have in hand. */
function Actions({ desk, a }: { desk: Desk; a: FloorAgent }) {
  const m = useStore(desk.model);
  const [sure, setSure] = useState(false);
  useEffect(() => setSure(false), [a.id]);
  if (sure) {
    return (
      <div role="alertdialog" aria-label={`Sign ${a.name || a.id} out?`} className="sure" data-testid="agent-sure">
        <p>Sign {a.name || a.id} out now?</p>
        {a.work.length > 0 && (
          <ul className="open-work">
            {a.work.map((w) => (
              <li key={w.lease}>
                <span>{whatOf(m, w)}</span>
                <small>{w.queueLabel}</small>
              </li>
            ))}
          </ul>
        )}
        <Text size="sm" c="dimmed">
          {a.work.length > 0
            ? 'Callers go back to the head of their queue, everything else waits again at its age. What is unsaved is lost.'
            : 'They may sign in again.'}
        </Text>
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={() => setSure(false)}>
            Cancel
          </Button>
          <Button
            color="red"
            data-autofocus
            onClick={() => void desk.signOut(a.id).then(() => setSure(false))}
            data-testid="agent-sign-out-confirm"
          >
            Sign out
          </Button>
        </Group>
      </div>
    );
  }
  const after = a.work.some((w) => w.kind !== 'offer');
  const talk = a.work.find((w) => w.kind === 'work' && w.channel === 'voice');
  return (
    <Group gap="xs">
      {talk?.call && <Supervise desk={desk} call={talk.call} />}
      <Button
        size="xs"
        variant="default"
        disabled={a.session !== 'online' || a.chosen === 'available'}
        onClick={() => void desk.chooseFor(a.id, 'available')}
        data-testid="agent-available"
      >
        Make available
      </Button>
      <Menu position="bottom-start" width={230}>
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            disabled={a.session !== 'online'}
            rightSection={<IconChevronDown size={13} />}
            data-testid="agent-away"
          >
            {after ? 'Away after this' : 'Away'}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {[
            { code: '', label: 'Away', chosen: 'away' },
            ...reasons(m).map((r) => ({ ...r, chosen: 'away' })),
            ...busyReasons(m).map((r) => ({ ...r, chosen: 'busy' })),
          ].map((r) => (
            <Menu.Item
              key={r.chosen + r.code}
              onClick={() => void desk.chooseFor(a.id, r.chosen, r.code, after)}
              data-testid={`agent-${r.chosen}-${r.code || 'plain'}`}
            >
              {r.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button size="xs" variant="default" color="red" onClick={() => setSure(true)} data-testid="agent-sign-out">
        Sign out
      </Button>
    </Group>
  );
}
