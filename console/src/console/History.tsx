import { Button, Center, Loader, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPhoneCall, IconPhoneIncoming, IconPhoneX, IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { Interaction } from '../api/types';
import { live, result } from '../api/history';
import { caller, span, when } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useHistory } from './useHistory';

const Detail = lazy(() => import('./Detail').then((m) => ({ default: m.Detail })));

export function History({ desk }: { desk: Desk }) {
  const s = useStore(desk.model).server;
  const [q, setQ] = useState('');
  const [query] = useDebouncedValue(q.trim(), 250);
  const [open, setOpen] = useState('');
  // the list changes when a call of ours or its after-call work is over
  const { items, problem, more, next, busy } = useHistory(query, `${s?.call?.id ?? ''}/${s?.wrapup?.lease ?? ''}`);
  return (
    <section className="history" data-testid="history">
      <h2 className="title">History</h2>
      <TextInput
        id="history-search"
        type="search"
        size="xs"
        mx="md"
        mb="xs"
        placeholder="Number, name or note   /"
        aria-label="Search the history"
        leftSection={<IconSearch size={14} />}
        value={q}
        onChange={(e) => setQ(e.currentTarget.value)}
        data-testid="history-search"
      />
      {problem && (
        <Text role="alert" size="sm" c="red" px="md">
          {problem}
        </Text>
      )}
      {!problem && !busy && items.length === 0 && (
        <Text size="sm" c="dimmed" px="md" pt="xs">
          {query ? 'Nothing found.' : 'Your calls will be listed here.'}
        </Text>
      )}
      <ul aria-busy={busy}>
        {items.map((i) => (
          <Item key={i.id} i={i} open={open === i.id} toggle={() => setOpen(open === i.id ? '' : i.id)} />
        ))}
      </ul>
      {more && (
        <Center py="sm">
          <Button size="compact-sm" variant="subtle" loading={busy} onClick={next}>
            Earlier calls
          </Button>
        </Center>
      )}
    </section>
  );
}

function Item({ i, open, toggle }: { i: Interaction; open: boolean; toggle: () => void }) {
  const served = i.talked > 0;
  const how = live(i) ? 'live' : served ? 'answered' : 'missed';
  return (
    <li className={open ? 'open' : ''} data-testid="history-item" data-call={i.id} data-how={how}>
      <button type="button" onClick={toggle} aria-expanded={open}>
        <span className={`direction ${how}`}>
          {how === 'live' ? (
            <IconPhoneCall size={16} aria-label="in progress" />
          ) : how === 'answered' ? (
            <IconPhoneIncoming size={16} aria-label="answered" />
          ) : (
            <IconPhoneX size={16} aria-label="not answered" />
          )}
        </span>
        <span className="who">
          {caller(i.name, i.from)}
          <small>{[i.queue, result(i)].filter(Boolean).join(' · ')}</small>
        </span>
        <span className="at">
          {i.started ? when(i.started, Date.now()) : ''}
          <small>{served ? span(i.talked + i.held) : i.waited ? `waited ${span(i.waited)}` : ''}</small>
        </span>
      </button>
      {open && (
        <Suspense
          fallback={
            <Center p="sm">
              <Loader size="xs" type="dots" />
            </Center>
          }
        >
          <Detail i={i} />
        </Suspense>
      )}
    </li>
  );
}
