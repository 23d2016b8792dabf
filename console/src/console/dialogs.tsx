import { Button, Group, Kbd, Modal, Table, Text } from '@mantine/core';
import { caller } from '../lib/format';
import { useStore } from '../lib/store';
import type { Call } from '../api/types';
import type { Desk } from './desk';
import { aside, guests, meets, phaseOf } from './model';
import { nameOf } from './Parties';
import { SoundCheck } from './SoundCheck';
import { show, ui } from './ui';

export function EndDialog({ desk }: { desk: Desk }) {
  const { dialog } = useStore(ui);
  const call = useStore(desk.model).server?.call;
  const phase = call ? phaseOf(call) : 'own';
  const leaves = !!call && (phase === 'guest' || meets(call));
  const who = call ? caller(call.name, call.from) : '';
  const end = () => {
    show('');
    void desk.end();
  };
  return (
    <Modal
      opened={dialog === 'end' && !!call}
      onClose={() => show('')}
      title={leaves ? 'Leave this call?' : 'End this call?'}
      centered
      size="sm"
      data-testid="end-dialog"
      transitionProps={{ duration: 120 }}
    >
      <Text size="sm" c="dimmed">
        {call ? endWords(call, phase, who) : ''}
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => show('')} data-testid="end-cancel">
          Keep talking
        </Button>
        <Button color="red" data-autofocus onClick={end} data-testid="end-confirm">
          {leaves ? 'Leave' : 'End call'}
        </Button>
      </Group>
    </Modal>
  );
}

/** What becomes of everybody when this agent goes. */
function endWords(call: Call, phase: ReturnType<typeof phaseOf>, who: string): string {
  if (phase === 'guest') return `${call.owner} goes on with ${who}.`;
  const next = guests(call).find((p) => p.place === 'among');
  if (next) return `${nameOf(next)} goes on with ${who}.`;
  const p = aside(call);
  if (!p) return `${who} will be disconnected.`;
  const colleague = nameOf(p);
  if (call.state === 'held') return `${who} is on hold, and will be ${colleague}’s.`;
  return `${who} and ${colleague} will be disconnected.`;
}

const rows: [string[], string][] = [
  [['Enter', 'A'], 'Accept the call'],
  [['Esc', 'D'], 'Decline it'],
  [['M'], 'Mute or unmute'],
  [['H'], 'Hold or resume; while you consult somebody: swap'],
  [['K'], 'Keypad; then 0–9, * and # are sent'],
  [['T'], 'Transfer the call, or take it back while it rings; hand it over to whom you consult'],
  [['C'], 'Consult a colleague or a number; end that'],
  [['J'], 'Merge whom you consult with the caller; join when you are asked'],
  [['L', 'P', 'J', 'O'], 'Supervisors in a call: listen, whisper, join, take over'],
  [['E'], 'End the call (asks first)'],
  [['1', '…', '9'], 'Choose a disposition'],
  [['Ctrl', 'Enter'], 'Send the after-call work'],
  [['D'], 'Call a number'],
  [['S'], 'Your status'],
  [['W'], 'Why no call comes to you'],
  [['N'], 'Take what waits next, beyond what is offered'],
  [['F'], 'Supervisors: the floor, or back to the desk'],
  [['/'], 'Search the history'],
  [['?'], 'This list'],
];

export function HelpDialog() {
  const { dialog } = useStore(ui);
  return (
    <Modal
      opened={dialog === 'help'}
      onClose={() => show('')}
      title="Keys"
      centered
      transitionProps={{ duration: 120 }}
    >
      <Table verticalSpacing={7}>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={what}>
              <Table.Td>{what}</Table.Td>
              <Table.Td ta="right">
                <Group gap={5} justify="flex-end" wrap="nowrap">
                  {keys.map((k) => (k === '…' ? <span key={k}>…</span> : <Kbd key={k}>{k}</Kbd>))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="sm">
        Keys do nothing while you write in a field.
      </Text>
    </Modal>
  );
}

export function SoundDialog({ desk }: { desk: Desk }) {
  const { dialog } = useStore(ui);
  return (
    <Modal
      opened={dialog === 'sound'}
      onClose={() => show('')}
      title="Sound and devices"
      centered
      size="lg"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'sound' && <SoundCheck desk={desk} inDialog />}
    </Modal>
  );
}
