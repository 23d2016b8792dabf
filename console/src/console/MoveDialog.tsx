// Where a caller is to wait instead: the queues, and a second word before it is done.
import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import type { FloorState, Target } from '../api/types';
import { caller } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useTold } from './hooks';
import { show, ui } from './ui';
import { Problem } from './Why';

/** A caller who waits or talks, found by their call. */
function found(said: FloorState, call: string) {
  const waits = said.queues.flatMap((q) => q.line).find((w) => w.interaction === call);
  if (waits) return { who: caller(waits.name, waits.from), queue: waits.queue, talks: '' };
  const talks = (said.calls ?? []).find((c) => c.call === call);
  if (!talks) return null;
  const with_ = talks.state === 'ringing' ? '' : talks.parties[0]?.name || talks.parties[0]?.agent || '';
  return { who: caller(talks.name, talks.from), queue: talks.queue, talks: with_ };
}

export function MoveDialog({ desk, said }: { desk: Desk; said: FloorState }) {
  const { dialog, about } = useStore(ui);
  const c = dialog === 'move' ? found(said, about) : null;
  return (
    <Modal
      opened={dialog === 'move'}
      onClose={() => show('')}
      title={c ? `Move ${c.who}` : 'The call is over'}
      centered
      data-testid="move-dialog"
      transitionProps={{ duration: 120 }}
    >
      {c ? <Where desk={desk} call={about} c={c} /> : <Text size="sm">There is nobody left to move.</Text>}
    </Modal>
  );
}

function Where({ desk, call, c }: { desk: Desk; call: string; c: NonNullable<ReturnType<typeof found>> }) {
  const m = useStore(desk.model);
  const [to, setTo] = useState('');
  const { said, problem } = useTold((signal) => api.targets(signal), call, m.server);
  useEffect(() => setTo(''), [call]);
  if (problem) return <Problem text={problem} />;
  const queues = said?.queues.filter((q) => q.name !== c.queue) ?? [];
  const chosen = queues.find((q) => q.name === to);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (chosen) void desk.move(call, to).then(() => show(''));
      }}
    >
      <Radio.Group value={to} onChange={setTo} label="They wait in" data-testid="move-queues">
        <Stack gap={6} mt={6}>
          {queues.map((q, n) => (
            <Radio
              key={q.name}
              value={q.name}
              label={words(q)}
              disabled={!q.open}
              data-autofocus={n === 0 || undefined}
              data-testid={`move-${q.name}`}
            />
          ))}
        </Stack>
      </Radio.Group>
      {said && queues.length === 0 && <Text size="sm">No other queue takes callers.</Text>}
      <Text size="sm" c="dimmed" mt="md">
        {c.talks
          ? `${c.talks}'s part in the call ends, as if they had transferred it. The age is kept where the queue wants that.`
          : 'The age is kept where the queue wants that.'}
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => show('')}>
          Cancel
        </Button>
        <Button type="submit" disabled={!chosen} data-testid="move-confirm">
          {chosen ? `Move to ${chosen.label || chosen.name}` : 'Move'}
        </Button>
      </Group>
    </form>
  );
}

const words = (q: Target): string =>
  `${q.label || q.name} · ${q.open ? `${q.waiting} waiting, ${q.available} available` : 'closed'}`;
