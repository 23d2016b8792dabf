// The middle of the screen: the one thing to do now. An offer stands above whatever is still open.
import { Button, Text } from '@mantine/core';
import { IconCircleCheck, IconPhoneOutgoing } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useStore } from '../lib/store';
import type { Offer as OfferFacts } from '../api/types';
import { typing } from '../lib/keys';
import type { Desk } from './desk';
import { Earlier } from './Earlier';
import { Keys, Offer } from './Offer';
import { SoundCheck } from './SoundCheck';
import { dialing, standing, viewer } from './model';
import { Talk } from './Talk';
import { show, showAbout } from './ui';
import { useTrouble } from './useTrouble';
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
        {s.offer ? spoken(s.offer) : ''}
      </div>
      {s.offer && <Offer key={s.offer.id} desk={desk} offer={s.offer} />}
      {s.call && <Talk key={s.call.id} desk={desk} call={s.call} />}
      {s.wrapup && <Wrapup key={s.wrapup.lease} desk={desk} wrapup={s.wrapup} />}
      {(s.offer || s.call) && (
        <Earlier number={(s.offer ?? s.call)?.from ?? ''} except={s.offer?.call ?? s.call?.id ?? ''} />
      )}
      {what === 'idle' && <Idle desk={desk} />}
    </div>
  );
}

function spoken(o: OfferFacts): string {
  const who = o.name || o.from;
  if (o.purpose === 'consult') return `${o.by} asks you about ${who}`;
  return `Incoming call from ${who} for ${o.queueLabel || o.queue}`;
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
      {dialing(m) && (
        <Button
          variant="default"
          leftSection={<IconPhoneOutgoing size={18} />}
          onClick={() => showAbout('dial', '')}
          data-testid="dial"
        >
          Call a number <Keys of={['D']} />
        </Button>
      )}
      {phone ? (
        <DeskPhone ok={m.server?.agent.device.ok ?? false} />
      ) : (
        !viewer(m) && <Sound desk={desk} ready={s.tone === 'ready'} />
      )}
    </div>
  );
}

/** The whole check before work; one line of it while waiting, as long as all is well. */
function Sound({ desk, ready }: { desk: Desk; ready: boolean }) {
  const trouble = useTrouble(desk);
  if (!ready || trouble) return <SoundCheck desk={desk} />;
  return (
    <div className="sound-line">
      <IconCircleCheck size={18} aria-hidden /> Microphone, network and phone line work.
      <Button size="compact-sm" variant="default" onClick={() => show('sound')}>
        Devices
      </Button>
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
