// One glance in the header: can I be heard? A click shows what is wrong and the choice of devices.
import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconHeadset, IconHeadsetOff, IconPhone } from '@tabler/icons-react';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { viewer } from './model';
import { Level } from './Level';
import { show } from './ui';
import { useTrouble } from './useTrouble';

export function SoundStatus({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const stream = useStore(desk.microphone.stream);
  const trouble = useTrouble(desk);
  const device = m.server?.agent.device;
  if (!device || viewer(m)) return null;
  if (device.kind === 'phone') {
    return (
      <span className={`sound ${device.ok ? '' : 'trouble'}`} data-testid="sound-status" data-ok={device.ok}>
        <IconPhone size={17} aria-hidden /> {device.ok ? 'Desk phone' : 'Desk phone missing'}
      </span>
    );
  }
  return (
    <Tooltip label={trouble || 'Microphone, network and phone line work'} multiline maw={300}>
      <UnstyledButton className={`sound ${trouble ? 'trouble' : ''}`} onClick={() => show('sound')} data-testid="sound-status" data-ok={trouble === ''} aria-label={trouble || 'Sound works'}>
        {trouble ? <IconHeadsetOff size={18} aria-hidden /> : <IconHeadset size={18} aria-hidden />}
        {trouble ? <span>Sound</span> : <Level stream={stream} testid="header-level" />}
      </UnstyledButton>
    </Tooltip>
  );
}
