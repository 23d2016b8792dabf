// One live call on the floor: who is with whom, and what a supervisor can do with it.
import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { IconArrowRight, IconEar, IconMessage2, IconUserCheck, IconUsersGroup } from '@tabler/icons-react';
import type { FloorCall } from '../api/types';
import { caller, clock } from '../lib/format';
import type { Desk } from './desk';
import { look, showAbout } from './ui';

const states: Record<string, string> = { ringing: 'Ringing', talking: 'Talking', consulting: 'Several talk' };
const roles: Record<string, string> = { transferred: 'is offered it', consulted: 'is asked', supervisor: 'supervises' };

export function CallRow({ desk, c, age }: { desk: Desk; c: FloorCall; age: number }) {
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
        <CallActions desk={desk} c={c} />
      </td>
    </tr>
  );
}

const ways = [
  ['listen', 'Listen', 'Listen to', IconEar],
  ['whisper', 'Whisper', 'Whisper to the agent with', IconMessage2],
  ['barge', 'Join', 'Take part in the call of', IconUsersGroup],
  ['take-over', 'Take over', 'Take over', IconUserCheck],
] as const;

/** The one place for what can be done with a call of somebody else. */
function CallActions({ desk, c }: { desk: Desk; c: FloorCall }) {
  const who = caller(c.name, c.from);
  const go = async (verb: (typeof ways)[number][0]) => {
    if (await desk.supervise(c.call, verb)) look('desk');
  };
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {c.state !== 'ringing' &&
        ways.map(([verb, label, words, Icon]) => (
          <Tooltip key={verb} label={label}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${words} ${who}`}
              onClick={() => void go(verb)}
              data-testid={`floor-call-${c.call}-${verb}`}
            >
              <Icon size={16} />
            </ActionIcon>
          </Tooltip>
        ))}
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconArrowRight size={13} />}
        onClick={() => showAbout('move', c.call)}
        aria-label={`Move ${who} to another queue`}
        data-testid={`floor-call-${c.call}-move`}
      >
        Move
      </Button>
    </Group>
  );
}
