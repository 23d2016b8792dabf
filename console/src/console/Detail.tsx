// One call of the history, opened: what happened and what was said.
import { Button, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/client';
import { ending, gaps, live } from '../api/history';
import type { Interaction } from '../api/types';
import { causeWords, span } from '../lib/format';
import { Facts } from './Facts';
import { Player } from './Player';
import { showAbout } from './ui';

/** A number of the history, to be called again. */
function Callable({ number }: { number: string }) {
  if (!/^\+?[0-9]{3,}$/.test(number)) return <>{number}</>;
  return (
    <Button size="compact-xs" variant="subtle" onClick={() => showAbout('dial', number)} data-testid="history-call">
      {number}
    </Button>
  );
}

export function Detail({ i }: { i: Interaction }) {
  const [full, setFull] = useState(i);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let here = true;
    api.interaction(i.id).then(
      (found) => here && setFull(found),
      (err: unknown) => here && setProblem(err instanceof Error ? err.message : 'The call cannot be shown.'),
    );
    return () => {
      here = false;
    };
  }, [i]); // the row is new when the list was asked again
  const path = full.path
    .map((p) => (p.key ? `${p.step.replaceAll('_', ' ')} (${p.key})` : p.step.replaceAll('_', ' ')))
    .join(' › ');
  const time = (ms: number) => (ms > 0 ? span(ms) : '');
  return (
    <div className="detail" data-testid="history-detail">
      {problem && (
        <Text size="xs" c="red" role="alert">
          {problem}
        </Text>
      )}
      {full.recording && !live(full) && <Player call={full.id} seconds={full.recordingSeconds} />}
      <Facts
        rows={[
          ['Number', <Callable key="number" number={full.direction === 'out' ? full.to : full.from} />],
          ['Called', [full.entry, full.to].filter(Boolean).join(' · ')],
          ['Path', path],
          ['Recording', gaps(full.recordingParts)],
          ['Agent', full.agent],
          ['Waited', time(full.waited)],
          ['Talked', time(full.talked)],
          ['On hold', time(full.held)],
          ['After-call work', time(full.wrapped)],
          ['Ended', ending(full)],
          ['Disposition', full.disposition],
          ['Note', full.note],
        ]}
      />
      {full.segments.length > 1 && (
        <ol className="segments">
          {full.segments.map((s, n) => (
            <li key={n}>
              {[s.queue, s.agent || s.party, causeWords(s.outcome), time(s.talked)].filter(Boolean).join(' · ')}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
