// What is wrong right now, across the whole width, until it is right again.
import { Button } from '@mantine/core';
import { IconEye, IconPlugConnectedX, IconRefresh, IconZzz } from '@tabler/icons-react';
import type { Drain } from '../api/types';
import { clock } from '../lib/format';
import { useStore } from '../lib/store';
import type { Line } from '../voice/line';
import { Banner } from './Banner';
import { Day } from './Day';
import type { Desk } from './desk';
import { useNow } from './hooks';
import { viewer, type Model } from './model';

export function Banners({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  return (
    <div aria-live="assertive">
      {m.link === 'lost' && (
        <Banner kind="trouble" id="banner-link" icon={<IconPlugConnectedX size={18} />}>
          The connection to the server is lost. Reconnecting.
          {m.server?.call && <StillTalking desk={desk} />}
        </Banner>
      )}
      {m.server?.drain && m.link === 'open' && <Draining m={m} drain={m.server.drain} />}
      {viewer(m) && (
        <Banner
          kind="quiet"
          id="banner-viewer"
          icon={<IconEye size={18} />}
          action={
            <Button size="xs" variant="default" onClick={() => desk.take()} data-testid="take-over">
              Work here
            </Button>
          }
        >
          You are signed in elsewhere. This tab only watches until the other one is closed.
        </Banner>
      )}
      {!viewer(m) && <Day desk={desk} m={m} />}
      {m.server?.agent.system === 'away_idle' && !viewer(m) && (
        <Banner
          kind="amber"
          id="banner-idle"
          icon={<IconZzz size={18} />}
          action={
            <Button size="xs" variant="white" color="dark" onClick={() => void desk.back()} data-testid="presence-back">
              I’m back
            </Button>
          }
        >
          You missed what was offered to you, so nothing more is.
        </Banner>
      )}
    </div>
  );
}

/** The server is about to stop: the page moves by itself, a call goes on for a while. */
function Draining({ m, drain }: { m: Model; drain: Drain }) {
  const left = clock(drain.leftMs - (useNow(1000) - m.at));
  const time = <Countdown>{left}</Countdown>;
  return (
    <Banner kind="quiet" id="banner-drain" icon={<IconRefresh size={18} />}>
      This server is being updated
      {m.server?.call ? <>. Your call goes on; {time} left.</> : null}
      {!m.server?.call && drain.moves ? '. This page moves to another one by itself.' : null}
      {!m.server?.call && !drain.moves ? <>. It stops in {time}.</> : null}
    </Banner>
  );
}

/** What changes every second is not read out every second. */
function Countdown({ children }: { children: string }) {
  return (
    <b role="timer" aria-live="off" data-testid="drain-left">
      {children}
    </b>
  );
}

/** The sound has a way of its own: a call may outlive the connection that shows it, or end with the server. */
function StillTalking({ desk }: { desk: Desk }) {
  const line = useStore(desk.line);
  return line ? <StillOn line={line} /> : null;
}

function StillOn({ line }: { line: Line }) {
  return useStore(line.state).audio === 'connected' ? ' Your call goes on.' : ' Your call has no sound now.';
}
