import { Button, Text } from '@mantine/core';
import { IconHelpCircle, IconUsers } from '@tabler/icons-react';
import type { Queue } from '../api/types';
import { clock, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useNow } from './hooks';
import { show } from './ui';

export function Queues({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const queues = m.server?.queues ?? [];
  const waiting = queues.reduce((n, q) => n + q.waiting, 0);
  return (
    <section aria-label="Your queues" data-testid="queues">
      <h2 className="title">
        Queues <span>{waiting === 0 ? 'nobody waiting' : `${waiting} waiting`}</span>
      </h2>
      {queues.length === 0 && (
        <Text size="sm" c="dimmed" px="md">
          You are in no queue.
        </Text>
      )}
      <ul className="queues">
        {queues.map((q) => (
          <Row key={q.name} q={q} at={m.at} />
        ))}
      </ul>
      {waiting > 0 && !m.server?.call && (
        <Button
          size="compact-sm"
          variant="subtle"
          mx="md"
          mt={6}
          leftSection={<IconHelpCircle size={15} />}
          onClick={() => show('why')}
          data-testid="why-open"
        >
          Why not me?
        </Button>
      )}
    </section>
  );
}

function Row({ q, at }: { q: Queue; at: number }) {
  const now = useNow(1000);
  const oldest = q.oldestMs + (now - at);
  const late = q.waiting > 0 && oldest > 60_000;
  return (
    <li data-testid={`queue-${q.name}`} className={q.waiting > 0 ? 'some' : ''}>
      <div className="queue-name">
        {q.label || q.name}
        <small>
          <IconUsers size={12} aria-hidden /> {q.available} available
        </small>
      </div>
      <div className="queue-count">
        <b data-testid={`queue-${q.name}-waiting`} aria-label={`${q.waiting} waiting`}>
          {q.waiting}
        </b>
        {q.waiting > 0 && (
          <small className={late ? 'late' : ''} aria-label={`longest wait ${spoken(oldest)}`}>
            {clock(oldest)}
          </small>
        )}
      </div>
    </li>
  );
}
