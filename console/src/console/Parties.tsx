// Who takes part in a call, who hears whom, and what the agent whose call it is can do with each.
import { ActionIcon, Tooltip } from '@mantine/core';
import {
  IconEar,
  IconHeadset,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconUser,
  IconUserCheck,
  IconUserX,
  IconWorld,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Call, Party } from '../api/types';
import type { Desk } from './desk';
import { guest } from './model';

const icons: Record<Party['role'], ReactNode> = {
  customer: <IconUser size={16} aria-hidden />,
  agent: <IconHeadset size={16} aria-hidden />,
  expert: <IconWorld size={16} aria-hidden />,
  supervisor: <IconEar size={16} aria-hidden />,
};

/** Shown as soon as anybody takes part beside the caller and the agent. */
export function Parties({ desk, call, busy }: { desk: Desk; call: Call; busy: boolean }) {
  const all = call.parties ?? [];
  if (all.length < 3) return null;
  return (
    <ul className="parties" aria-label="Who takes part" data-testid="parties">
      {all.map((p) => (
        <li
          key={p.id}
          data-testid={`party-${p.id}`}
          data-place={p.place}
          data-state={p.state}
          data-hears={p.hears.length}
        >
          {icons[p.role]}
          <span className="who">
            {p.me ? 'You' : nameOf(p)}
            {p.muted && <small> muted</small>}
          </span>
          <small className="how" data-testid={`party-${p.id}-how`}>
            {how(p, all)}
          </small>
          {!busy && !guest(call) && (p.place === 'among' || p.place === 'aside') && <Actions desk={desk} p={p} />}
        </li>
      ))}
    </ul>
  );
}

export const nameOf = (p: Party): string => p.name || p.number || 'Unknown';

/** Whom somebody hears, in words. */
export function how(p: Party, all: Party[]): string {
  if (p.state === 'connecting') return 'connecting';
  if (p.state === 'lost') return 'connection lost, waiting';
  if (p.state === 'held') return 'hears music';
  if (p.asked) return 'asked to join';
  const names = p.hears.flatMap((id) => all.filter((o) => o.id === id)).map((o) => (o.me ? 'you' : nameOf(o)));
  const ends: Partial<Record<Party['place'], string>> = { whispering: ', whispers', listening: ', listens' };
  return names.length === 0 ? 'hears nobody' : `hears ${list(names)}${ends[p.place] ?? ''}`;
}

function list(names: string[]): string {
  const last = names[names.length - 1] ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function Actions({ desk, p }: { desk: Desk; p: Party }) {
  const name = nameOf(p);
  return (
    <span className="party-actions">
      <Act
        testid={`party-${p.id}-mute`}
        label={p.muted ? `Let ${name} be heard` : `Mute ${name}`}
        go={() => desk.party(p.id, p.muted ? 'unmute' : 'mute')}
      >
        {p.muted ? <IconMicrophoneOff size={16} /> : <IconMicrophone size={16} />}
      </Act>
      <Act
        testid={`party-${p.id}-complete`}
        label={`Hand the caller over to ${name}`}
        go={() => desk.party(p.id, 'complete')}
        off={p.state === 'lost' || p.state === 'connecting'}
      >
        {p.role === 'expert' ? <IconPhone size={16} /> : <IconUserCheck size={16} />}
      </Act>
      <Act testid={`party-${p.id}-drop`} label={`Drop ${name}`} go={() => desk.party(p.id, 'drop')} color="red">
        <IconUserX size={16} />
      </Act>
    </span>
  );
}

function Act(a: {
  testid: string;
  label: string;
  go: () => Promise<unknown>;
  off?: boolean;
  color?: string;
  children: ReactNode;
}) {
  return (
    <Tooltip label={a.label}>
      <ActionIcon
        variant="subtle"
        color={a.color ?? 'gray'}
        aria-label={a.label}
        data-testid={a.testid}
        disabled={a.off ?? false}
        onClick={() => void a.go()}
      >
        {a.children}
      </ActionIcon>
    </Tooltip>
  );
}
