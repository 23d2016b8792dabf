import { Button, Kbd, RingProgress } from '@mantine/core';
import { IconPhone, IconPhoneOff, IconPhoneRinging } from '@tabler/icons-react';
import type { Offer as OfferFacts } from '../api/types';
import { caller, span } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { viewer } from './model';
import { Facts, transferred } from './Facts';
import { useNow } from './hooks';

export function Offer({ desk, offer }: { desk: Desk; offer: OfferFacts }) {
  const m = useStore(desk.model);
  const now = useNow(100);
  const left = Math.max(0, offer.deadlineMs - (now - m.at));
  const accepting = m.asked.accept === offer.id;
  const declining = m.asked.decline === offer.id;
  const consult = offer.purpose === 'consult';
  const phone = m.server?.agent.device.kind === 'phone';
  const pressed = (offer.pressed ?? []).map((p) => `${p.key} at ${p.step.replaceAll('_', ' ')}`).join(', ');
  return (
    <section className="card offer" aria-labelledby="offer-who" data-testid="offer">
      <div className="card-top">
        <div>
          <div className="eyebrow">
            <IconPhoneRinging size={15} aria-hidden />{' '}
            <span data-testid="offer-kind">{consult ? `${offer.by} asks you about` : 'Incoming call'}</span>
          </div>
          <h2 id="offer-who" data-testid="offer-caller">
            {caller(offer.name, offer.from)}
          </h2>
          {offer.name && (
            <div className="number" data-testid="offer-number">
              {offer.from}
            </div>
          )}
        </div>
        <Deadline left={left} total={m.offerTotal} />
      </div>
      <Facts
        rows={[
          ['Queue', offer.queueLabel || offer.queue, 'offer-queue'],
          ['Waited', span(offer.waitedMs + (now - m.at)), 'offer-waited'],
          ['Called', [offer.entry, offer.to].filter(Boolean).join(' · '), 'offer-entry'],
          ...transferred(offer),
          ['Pressed', pressed || 'nothing', 'offer-pressed'],
        ]}
      />
      {!viewer(m) && (
        <div className="actions">
          {phone ? (
            <div className="hint">Pick up your desk phone to answer.</div>
          ) : (
            <Button
              size="lg"
              className="grow"
              data-focus
              leftSection={<IconPhone size={20} />}
              loading={accepting}
              disabled={declining}
              onClick={() => void desk.accept()}
              data-testid="offer-accept"
            >
              Accept <Keys of={['Enter', 'A']} />
            </Button>
          )}
          <Button
            size="lg"
            variant="default"
            leftSection={<IconPhoneOff size={20} />}
            loading={declining}
            disabled={accepting}
            onClick={() => void desk.decline()}
            data-testid="offer-decline"
          >
            Decline <Keys of={['Esc', 'D']} />
          </Button>
        </div>
      )}
    </section>
  );
}

function Deadline({ left, total }: { left: number; total: number }) {
  const share = total > 0 ? (left / total) * 100 : 0;
  const urgent = left < 5000;
  return (
    <RingProgress
      size={84}
      thickness={6}
      roundCaps
      rootColor="var(--line)"
      sections={[{ value: share, color: urgent ? 'red.6' : 'pine' }]}
      aria-label={`${Math.ceil(left / 1000)} seconds to answer`}
      role="timer"
      label={
        <span className="deadline" data-testid="offer-deadline">
          {Math.ceil(left / 1000)}
        </span>
      }
    />
  );
}

export function Keys({ of }: { of: string[] }) {
  return (
    <span className="keys" aria-hidden>
      {of.map((k) => (
        <Kbd key={k} size="xs">
          {k}
        </Kbd>
      ))}
    </span>
  );
}
