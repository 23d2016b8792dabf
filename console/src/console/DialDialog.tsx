// Calling somebody: a number, typed, pasted or pressed, and the number that they are shown.
import { Button, Group, Kbd, Modal, Select, Text, TextInput } from '@mantine/core';
import { IconPhoneOutgoing } from '@tabler/icons-react';
import { useEffect, useState, type FormEvent } from 'react';
import { api } from '../api/client';
import type { CallerID } from '../api/types';
import { remember, remembered } from '../lib/prefs';
import { useStore } from '../lib/store';
import { Keypad } from '../voice/Keypad';
import type { Desk } from './desk';
import { show, ui } from './ui';

export function DialDialog({ desk }: { desk: Desk }) {
  const { dialog, about } = useStore(ui);
  return (
    <Modal
      opened={dialog === 'dial'}
      onClose={() => show('')}
      title="Call a number"
      centered
      size="sm"
      data-testid="dial-dialog"
      transitionProps={{ duration: 120 }}
    >
      {dialog === 'dial' && <Dial desk={desk} to={about} />}
    </Modal>
  );
}

function Dial({ desk, to }: { desk: Desk; to: string }) {
  const [number, setNumber] = useState(to);
  const [ids, setIDs] = useState<CallerID[] | null>(null);
  const [as, setAs] = useState(remembered('caller-id'));
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    api.callerIDs(stop.signal).then(setIDs, (err: unknown) => !stop.signal.aborted && setProblem(words(err)));
    return () => stop.abort();
  }, []);
  const chosen = ids?.some((i) => i.number === as) ? as : '';
  const type = (text: string) => {
    setNumber(text.replace(/[^0-9+*# ().\-/]/g, ''));
    setProblem('');
  };
  const call = async (e: FormEvent) => {
    e.preventDefault();
    if (!number.trim() || sending) return;
    setSending(true);
    const refused = await desk.dial(number.trim(), chosen);
    setSending(false);
    if (refused) return setProblem(refused);
    remember('caller-id', chosen);
    show('');
  };
  return (
    <form onSubmit={(e) => void call(e)}>
      <TextInput
        label="Number"
        placeholder="+44 20 7946 0018"
        value={number}
        onChange={(e) => type(e.currentTarget.value)}
        error={problem}
        inputMode="tel"
        autoComplete="off"
        data-autofocus
        data-testid="dial-number"
      />
      {ids?.length === 0 && (
        <Text size="sm" c="dimmed" mt="xs" data-testid="dial-nobody">
          You may call nobody: no number of the house is yours to show.
        </Text>
      )}
      {ids && ids.length > 1 && (
        <Select
          mt="sm"
          label="They see"
          value={chosen || (ids[0]?.number ?? '')}
          onChange={(v) => setAs(v ?? '')}
          allowDeselect={false}
          data={ids.map((i) => ({ value: i.number, label: i.label ? `${i.label} (${i.number})` : i.number }))}
          comboboxProps={{ transitionProps: { duration: 0 } }}
          data-testid="dial-as"
        />
      )}
      <Keypad press={(k) => type(number + k)} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => show('')}>
          Cancel
        </Button>
        <Button
          type="submit"
          loading={sending}
          disabled={!number.trim() || ids?.length === 0}
          leftSection={<IconPhoneOutgoing size={18} />}
          data-testid="dial-call"
        >
          Call{' '}
          <span className="keys" aria-hidden>
            <Kbd size="xs">Enter</Kbd>
          </span>
        </Button>
      </Group>
    </form>
  );
}

const words = (err: unknown): string => (err instanceof Error ? err.message : 'This cannot be done now.');
