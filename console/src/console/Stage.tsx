// The middle of the screen: the one thing to do now. An offer stands above whatever is still open.
import { Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useStore } from '../lib/store';
import { typing } from '../lib/keys';
import type { Desk } from './desk';
import { Offer } from './Offer';
import { SoundCheck } from './SoundCheck';
import { standing } from './model';
import { Talk } from './Talk';
import { Wrapup } from './Wrapup';

export function Stage({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const stage = useRef<HTMLDivElement>(null);
  const s = m.server;
  const what = s?.offer ? 'offer' : s?.call ? 'call' : s?.wrapup ? 'wrapup' : 'idle';
  useEffect(() => {
    if (what === 'idle' || typing(document.activeElement)) return;
    stage.current?.querySelector<HTMLElement>('[data-focus]')?.focus();
  }, [what]);
  if (!s) return null;
  return (
    <div ref={stage} className="stage" data-testid="stage" data-stage={what}>
      <div className="spoken" aria-live="assertive" role="status">
        {s.offer ? `Incoming call from ${s.offer.name || s.offer.from} for ${s.offer.queueLabel || s.offer.queue}` : ''}
      </div>
      {s.offer && <Offer key={s.offer.id} desk={desk} offer={s.offer} />}
      {s.call && <Talk key={s.call.id} desk={desk} call={s.call} />}
      {s.wrapup && <Wrapup key={s.wrapup.lease} desk={desk} wrapup={s.wrapup} />}
      {what === 'idle' && <Idle desk={desk} />}
    </div>
  );
}

const idleWords = {
  ready: ['Waiting for the next call', 'It will ring here. Enter takes it.'],
  busy: ['Busy', ''],
  away: ['You are away', 'No calls are offered to you. Choose Available when you are ready.'],
  trouble: ['Calls cannot reach you', ''],
} as const;

function Idle({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const s = standing(m);
  const [title, text] = idleWords[s.tone];
  const phone = m.server?.agent.device.kind === 'phone';
  return (
    <div className="idle" data-testid="idle">
      <i className={`pulse ${s.tone}`} aria-hidden />
      <h2>{title}</h2>
      <Text c="dimmed" data-testid="idle-detail">
        {s.tone === 'trouble' ? s.detail : text}
      </Text>
      {phone ? <DeskPhone ok={m.server?.agent.device.ok ?? false} /> : !m.session?.viewer && <SoundCheck desk={desk} />}
    </div>
  );
}

function DeskPhone({ ok }: { ok: boolean }) {
  return (
    <Text size="sm" c="dimmed" mt="lg">
      {ok ? 'Your desk phone is registered: calls ring there.' : 'Your desk phone is not registered.'}
    </Text>
  );
}
