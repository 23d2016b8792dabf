// Available or not, and why; with work in hand a break can wait until it is done.
import { Kbd, Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconCoffee, IconPlayerSkipForward, IconX } from '@tabler/icons-react';
import { clock } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { useNow } from './hooks';
import { fact, reasons, standing, type Model, viewer } from './model';
import { show, ui } from './ui';

export function Presence({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { dialog } = useStore(ui);
  const s = standing(m);
  const [chosen] = fact(m.server?.agent.chosen, '');
  const idle = m.server?.agent.system === 'away_idle';
  const working = !!(m.server?.call || m.server?.wrapup || m.server?.offer);
  const known = reasons(m);
  const choices = known.length ? known : [{ code: '', label: 'Away' }];
  return (
    <Menu
      opened={dialog === 'status'}
      onChange={(open) => show(open ? 'status' : '')}
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
      <Menu.Dropdown>
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
        {fact(m.server?.agent.next, '')[0].replace('none', '') !== '' && (
          <Menu.Item
            leftSection={<IconX size={16} />}
            onClick={() => void desk.presence(chosen || 'available')}
            data-testid="presence-cancel-next"
          >
            Cancel the break after this
          </Menu.Item>
        )}
        {working && <Menu.Label>After this</Menu.Label>}
        {working &&
          choices.map((r) => (
            <Menu.Item
              key={r.code}
              leftSection={<IconPlayerSkipForward size={16} />}
              onClick={() => void desk.presence('away', r.code, true)}
              data-testid={`presence-after-${r.code || 'away'}`}
            >
              {r.label}
            </Menu.Item>
          ))}
        <Menu.Label>{working ? 'Away now' : 'Away'}</Menu.Label>
        {choices.map((r) => (
          <Menu.Item
            key={r.code}
            leftSection={<IconCoffee size={16} />}
            onClick={() => void desk.presence('away', r.code)}
            data-testid={`presence-away-${r.code || 'away'}`}
          >
            {r.label}
          </Menu.Item>
        ))}
        <div className="menu-foot">
          <Kbd size="xs">S</Kbd> opens this menu
        </div>
      </Menu.Dropdown>
    </Menu>
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
