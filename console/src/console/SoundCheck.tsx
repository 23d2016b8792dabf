// The check before work: microphone with its level, headset with a test sound, network, phone line. All of it stays
// true by itself; nothing has to be pressed.
import { ActionIcon, Button, Select, Tooltip } from '@mantine/core';
import { IconBell, IconCheck, IconExclamationMark, IconHeadphones, IconMicrophone, IconNetwork, IconPhone, IconVolume } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { canChooseOutput, chooseOutput, devices, headset, ringer, type Device } from '../audio/outputs';
import { tryOut } from '../audio/ringtone';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { Level } from './Level';
import { useLine } from './useTrouble';

export function SoundCheck({ desk, inDialog = false }: { desk: Desk; inDialog?: boolean }) {
  const mic = useStore(desk.microphone.state);
  const stream = useStore(desk.microphone.stream);
  const network = useStore(desk.network);
  const line = useLine(useStore(desk.line));
  const inputs = useDevices('audioinput', mic.kind);
  const outputs = useDevices('audiooutput', mic.kind);
  return (
    <section className={`check ${inDialog ? 'plain' : ''}`} aria-label="Sound check" data-testid="sound-check">
      <Row icon={<IconMicrophone size={18} />} name="Microphone" ok={mic.kind === 'open' ? true : mic.kind === 'opening' ? null : false} problem={mic.reason} testid="check-microphone">
        <Select size="xs" aria-label="Microphone" data={options(inputs)} value={known(inputs, mic.device)} allowDeselect={false} onChange={(v) => void desk.microphone.choose(chosenId(v))} data-testid="device-microphone" />
        <Level stream={stream} testid="level" />
      </Row>
      <Output name="Headset" which="headset" icon={<IconHeadphones size={18} />} outputs={outputs} />
      <Output name="Ringing" which="ringer" icon={<IconBell size={18} />} outputs={outputs} />
      <Row icon={<IconNetwork size={18} />} name="Network" ok={network.ok} problem={network.reason} testid="check-network">
        <span className="fine">Audio can flow</span>
      </Row>
      <Row icon={<IconPhone size={18} />} name="Phone line" ok={line.registration === 'registered' ? true : line.registration === 'connecting' ? null : false} problem={line.reason} testid="check-line">
        <span className="fine">Registered</span>
      </Row>
      <Foot desk={desk} />
    </section>
  );
}

function Output({ name, which, icon, outputs }: { name: string; which: 'headset' | 'ringer'; icon: ReactNode; outputs: Device[] }) {
  const chosen = useStore(which === 'headset' ? headset : ringer);
  return (
    <Row icon={icon} name={name} ok={true} problem="" testid={`check-${which}`}>
      {canChooseOutput && outputs.length > 0 ? (
        <Select size="xs" aria-label={name} data={options(outputs)} value={known(outputs, chosen)} allowDeselect={false} onChange={(v) => chooseOutput(which, chosenId(v))} data-testid={`device-${which}`} />
      ) : (
        <span className="fine">System default</span>
      )}
      <Tooltip label="Play a test sound">
        <ActionIcon variant="default" aria-label={`Play a test sound: ${name}`} onClick={() => void tryOut(chosen)} data-testid={`try-${which}`}>
          <IconVolume size={16} />
        </ActionIcon>
      </Tooltip>
    </Row>
  );
}

function Row({ icon, name, ok, problem, testid, children }: { icon: ReactNode; name: string; ok: boolean | null; problem: string; testid: string; children: ReactNode }) {
  return (
    <div className="check-row" data-testid={testid} data-ok={ok === null ? 'checking' : ok}>
      <span className="check-name">
        {icon} {name}
      </span>
      <span className="check-what">{ok === true ? children : <span role="status" className={ok === false ? 'trouble' : 'fine'}>{problem}</span>}</span>
      <span className={`check-mark ${ok === true ? 'good' : ok === false ? 'bad' : ''}`} aria-label={ok === true ? 'works' : ok === false ? 'does not work' : 'being checked'} role="img">
        {ok === true ? <IconCheck size={14} stroke={2.5} /> : ok === false ? <IconExclamationMark size={14} stroke={2.5} /> : '…'}
      </span>
    </div>
  );
}

function Foot({ desk }: { desk: Desk }) {
  const [permission, setPermission] = useState(typeof Notification === 'undefined' ? 'denied' : Notification.permission);
  return (
    <div className="check-foot">
      <span>Nobody hears you until you accept a call.</span>
      <span className="spacer" />
      {permission === 'default' && (
        <Button size="compact-xs" variant="subtle" onClick={() => void Notification.requestPermission().then(setPermission)} data-testid="allow-notifications">
          Notify me about calls
        </Button>
      )}
      <Button size="compact-xs" variant="subtle" onClick={() => void desk.recheck()} data-testid="recheck">
        Check again
      </Button>
    </div>
  );
}

function useDevices(kind: 'audioinput' | 'audiooutput', change: string): Device[] {
  const [list, setList] = useState<Device[]>([]);
  useEffect(() => {
    let here = true;
    const look = () => void devices(kind).then((d) => here && setList(d));
    look();
    navigator.mediaDevices?.addEventListener('devicechange', look);
    return () => {
      here = false;
      navigator.mediaDevices?.removeEventListener('devicechange', look);
    };
  }, [kind, change]);
  return list;
}

const system = 'system'; // stands for '', which the list cannot hold
const options = (list: Device[]) => [{ value: system, label: 'System default' }, ...list.filter((d) => d.id !== 'default').map((d) => ({ value: d.id, label: d.label }))];
const known = (list: Device[], id: string) => (id !== 'default' && list.some((d) => d.id === id) ? id : system);
const chosenId = (v: string | null) => (v === null || v === system ? '' : v);
