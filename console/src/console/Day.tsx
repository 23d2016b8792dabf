// What the clock does to an agent: after the login there is a time to get ready, and who forgets to sign out is signed out.
import { Button } from '@mantine/core';
import { IconClock, IconDoorExit } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Banner } from './Banner';
import type { Desk } from './desk';
import { useNow } from './hooks';
import { inHand, type Model } from './model';

const warned = 60_000; // how long before the sign-out it is told; the server lets nobody stay who asks earlier

export function Day({ desk, m }: { desk: Desk; m: Model }) {
  const agent = m.server?.agent;
  if (agent?.prepMs != null) return <Prep desk={desk} end={{ at: m.at, ms: agent.prepMs }} />;
  if (agent?.signOutMs != null) return <SignOut desk={desk} m={m} end={{ at: m.at, ms: agent.signOutMs }} />;
  return null;
}

/** What is left of a time, as it was told at a moment. */
interface Told {
  at: number;
  ms: number;
}

const useLeft = ({ at, ms }: Told) => Math.min(ms, at + ms - useNow(250)); // the page's clock may tick behind the news

function Prep({ desk, end }: { desk: Desk; end: Told }) {
  return (
    <Banner
      kind="amber"
      id="banner-prep"
      icon={<IconClock size={18} />}
      action={
        <>
          <Choice id="prep-away" go={() => void desk.presence('away')}>
            Keep me away
          </Choice>
          <Choice id="prep-available" go={() => void desk.presence('available')}>
            Mark me available
          </Choice>
        </>
      }
    >
      Time to get ready: nothing is offered to you for <Left end={end} spoken="a moment" />. Then you are away.
    </Banner>
  );
}

function SignOut({ desk, m, end }: { desk: Desk; m: Model; end: Told }) {
  const left = useLeft(end);
  if (left > warned || left <= 0) return null;
  return (
    <Banner
      kind="amber"
      id="banner-sign-out"
      icon={<IconDoorExit size={18} />}
      action={
        <Choice id="stay" go={() => void desk.stay()}>
          Stay
        </Choice>
      }
    >
      {inHand(m).length > 0
        ? 'It is late: you are signed out once the work in hand is done, and get no more in '
        : 'You are signed out in '}
      <Left end={end} spoken="less than a minute" />.
    </Banner>
  );
}

function Choice({ id, go, children }: { id: string; go: () => void; children: string }): ReactNode {
  return (
    <Button size="xs" variant="white" color="dark" onClick={go} data-testid={id}>
      {children}
    </Button>
  );
}

/** The seconds until a moment. Whoever listens to the page is told once, and not every second. */
function Left({ end, spoken }: { end: Told; spoken: string }) {
  const s = Math.max(0, Math.ceil(useLeft(end) / 1000));
  return (
    <>
      <b aria-hidden data-testid="seconds">
        {s} s
      </b>
      <i className="spoken">{spoken}</i>
    </>
  );
}
