// Giving the caller to another queue: which one, and a word for whoever takes the call there.
import { Button, Group, Kbd, Modal, Select, Text, Textarea } from '@mantine/core';
import { useEffect, useState, type KeyboardEvent } from 'react';
import { api } from '../api/client';
import type { Target } from '../api/types';
import { caller } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { show, ui } from './ui';

export function TransferDialog({ desk }: { desk: Desk }) {
  const { dialog } = useStore(ui);
  const call = useStore(desk.model).server?.call;
  return (
    <Modal
      opened={dialog === 'transfer' && !!call}
      onClose={() => show('')}
      title={`Transfer ${call ? caller(call.name, call.from) : ''}`}
      centered
      data-testid="transfer-dialog"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'transfer' && <Choice desk={desk} />}
    </Modal>
  );
}

function Choice({ desk }: { desk: Desk }) {
  const [targets, setTargets] = useState<Target[] | null>(null);
  const [problem, setProblem] = useState('');
  const [queue, setQueue] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    api.targets(stop.signal).then(setTargets, (err: unknown) => !stop.signal.aborted && setProblem(String(err)));
    return () => stop.abort();
  }, []);
  const go = async () => {
    if (!queue || sending) return;
    setSending(true);
    if (await desk.transfer(queue, note.trim())) show('');
    setSending(false);
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) void go();
  };
  return (
    <div onKeyDown={keys}>
      <Select
        label="Queue"
        placeholder="Type to search"
        data={(targets ?? []).map((t) => ({ value: t.name, label: words(t), disabled: !t.open }))}
        value={queue}
        onChange={setQueue}
        searchable
        data-autofocus
        error={problem}
        nothingFoundMessage={targets ? 'No such queue.' : 'Asking the server.'}
        comboboxProps={{ transitionProps: { duration: 0 } }}
        data-testid="transfer-queue"
      />
      <Textarea
        mt="sm"
        label="Note for whoever takes it"
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={2}
        data-testid="transfer-note"
      />
      <Text size="xs" c="dimmed" mt="xs">
        Your part ends once the caller stands in the queue. They hear its music meanwhile.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => show('')}>
          Keep talking
        </Button>
        <Button onClick={() => void go()} disabled={!queue} loading={sending} data-testid="transfer-confirm">
          Transfer{' '}
          <span className="keys" aria-hidden>
            <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd>
          </span>
        </Button>
      </Group>
    </div>
  );
}

/** A queue and what a caller would find there. */
export function words(t: Target): string {
  if (!t.open) return `${t.label} (closed)`;
  const waits = t.waiting === 0 ? 'nobody waits' : t.waiting === 1 ? '1 waits' : `${t.waiting} wait`;
  return `${t.label} (${waits}, ${t.available === 0 ? 'nobody' : t.available} free)`;
}
