// Available or not, and why; with work in hand a break can wait until it is done.
import { Kbd, Menu, UnstyledButton } from '@mantine/core';
import {
  IconBriefcase,
  IconCheck,
  IconChevronDown,
  IconCoffee,
  IconLogout,
  IconPlayerSkipForward,
  IconX,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { clock } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useNow } from './hooks';
import { busyReasons, fact, inHand, nextOf, reasons, standing, type Model, viewer } from './model';
import { closed, show, ui } from './ui';

export function Presence({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { dialog } = useStore(ui);
  const s = standing(m);
  const [chosen] = fact(m.server?.agent.chosen, '');
  const idle = m.server?.agent.system === 'away_idle';
  const working = inHand(m).length > 0;
  const known = reasons(m);
  const away = known.length ? known : [{ code: '', label: 'Away' }];
  const busy = busyReasons(m);
  return (
    <Menu
      opened={dialog === 'status'}
      onChange={(open) => (open ? show('status') : closed('status'))}
      position="bottom-start"
      width={250}
      returnFocus
    >
      <Menu.Target>
        <UnstyledButton
          className={`presence ${s.tone}`}
          data-testid="presence"
          data-standing={s.tone}
          disabled={viewer(m)}
          aria-label={`Your status: ${s.label}. ${s.detail}`}
        >
          <i className="dot" aria-hidden />
          <span data-testid="presence-label">{s.label}</span>
          <Since m={m} />
          {s.detail && <small>{s.detail}</small>}
          <IconChevronDown size={14} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown className="menu-long">
        {idle ? (
          <Menu.Item leftSection={<IconCheck size={16} />} onClick={() => void desk.back()}>
            I’m back
          </Menu.Item>
        ) : (
          <Menu.Item
            leftSection={<i className="dot ready" />}
            onClick={() => void desk.presence('available')}
            data-testid="presence-available"
            rightSection={chosen === 'available' && s.detail === '' ? <IconCheck size={15} /> : null}
          >
            Available
          </Menu.Item>
        )}
        {nextOf(m) && (
          <Menu.Item
            leftSection={<IconX size={16} />}
            onClick={() => void desk.stay()}
            data-testid="presence-cancel-next"
          >
            {nextOf(m) === 'offline' ? 'Do not sign out after this' : 'Cancel the break after this'}
          </Menu.Item>
        )}
        {working && (
          <>
            <Menu.Label>After this</Menu.Label>
            {away.map((r) => (
              <Reason
                key={r.code}
                icon={<IconPlayerSkipForward size={16} />}
                label={r.label}
                id={`presence-after-${r.code || 'away'}`}
                go={() => void desk.presence('away', r.code, true)}
              />
            ))}
            {busy.map((r) => (
              <Reason
                key={r.code}
                icon={<IconPlayerSkipForward size={16} />}
                label={r.label}
                id={`presence-after-busy-${r.code}`}
                go={() => void desk.presence('busy', r.code, true)}
              />
            ))}
            <Reason
              icon={<IconLogout size={16} />}
              label="Sign out"
              id="presence-after-offline"
              go={() => void desk.presence('offline', '', true)}
            />
          </>
        )}
        <Menu.Label>{working ? 'Away now' : 'Away'}</Menu.Label>
        {away.map((r) => (
          <Reason
            key={r.code}
            icon={<IconCoffee size={16} />}
            label={r.label}
            id={`presence-away-${r.code || 'away'}`}
            go={() => desk.away('away', r.code)}
          />
        ))}
        {busy.length > 0 && <Menu.Label>{working ? 'Busy now' : 'Busy'}</Menu.Label>}
        {busy.map((r) => (
          <Reason
            key={r.code}
            icon={<IconBriefcase size={16} />}
            label={r.label}
            id={`presence-busy-${r.code}`}
            go={() => desk.away('busy', r.code)}
          />
        ))}
        <div className="menu-foot">
          <Kbd size="xs">S</Kbd> opens this menu
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}

function Reason({ icon, label, id, go }: { icon: ReactNode; label: string; id: string; go: () => void }) {
  return (
    <Menu.Item leftSection={icon} onClick={go} data-testid={id}>
      {label}
    </Menu.Item>
  );
}

/** How long the agent has stood like this; a moment (unix ms) is read by the server's clock. */
function Since({ m }: { m: Model }) {
  const now = useNow(1000);
  const since = m.server?.agent.since;
  if (!since || !m.server) return null;
  const then = since > 1e11 ? m.server.now - since : since;
  return <time>{clock(then + (now - m.at))}</time>;
}
