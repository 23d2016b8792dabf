// What the agent has in hand beside calls, and the way to more than is offered.
import { Button } from '@mantine/core';
import { IconPlayerTrackNext } from '@tabler/icons-react';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { digital, viewer } from './model';

export function Loads({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const loads = digital(m);
  if (loads.length === 0) return null;
  return (
    <section aria-label="In hand" className="loads" data-testid="loads">
      <ul>
        {loads.map((l) => (
          <li key={l.channel} className={l.load >= l.standard ? 'full' : ''} data-testid={`load-${l.channel}`}>
            {l.label} <b>{l.load}</b> of {l.max}
            {l.load < l.standard && <small>{l.standard - l.load} more come by themselves</small>}
          </li>
        ))}
      </ul>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerTrackNext size={15} />}
        onClick={() => void desk.next()}
        disabled={viewer(m)}
        data-testid="next"
      >
        Next
      </Button>
    </section>
  );
}
