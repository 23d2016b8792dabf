import {
  ActionIcon,
  Menu,
  SegmentedControl,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { IconChevronDown, IconHeadset, IconKeyboard, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { agentName, supervises } from './model';
import { Mark } from './Mark';
import { Presence } from './Presence';
import { SoundStatus } from './SoundStatus';
import { look, show, ui, type Ui } from './ui';

export function Header({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  return (
    <header className="header">
      <div className="brand">
        <Mark />
        <span>Callfloor</span>
      </div>
      <Presence desk={desk} />
      {supervises(m) && <View />}
      <span className="spacer" />
      <SoundStatus desk={desk} />
      <Scheme />
      <Tooltip label="Keys  ?">
        <ActionIcon variant="subtle" color="gray" aria-label="Keyboard shortcuts" onClick={() => show('help')}>
          <IconKeyboard size={19} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <UnstyledButton className="me" data-testid="agent-menu">
            <span data-testid="agent-name">{agentName(m)}</span>
            <IconChevronDown size={14} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconHeadset size={16} />} onClick={() => show('sound')}>
            Sound and devices
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={() => show('help')}>
            Keyboard shortcuts
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void desk.logout()} data-testid="logout">
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}

function View() {
  const { view } = useStore(ui);
  return (
    <SegmentedControl
      size="sm"
      aria-label="What is shown"
      value={view}
      onChange={(v) => look(v as Ui['view'])}
      data={[
        { value: 'desk', label: 'Desk' },
        { value: 'floor', label: 'Floor' },
        { value: 'audit', label: 'Audit' },
      ]}
      data-testid="view"
    />
  );
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        onClick={() => setColorScheme(dark ? 'light' : 'dark')}
        data-testid="scheme"
      >
        {dark ? <IconSun size={19} /> : <IconMoon size={19} />}
      </ActionIcon>
    </Tooltip>
  );
}
