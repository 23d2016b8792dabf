// Nobody leaves their work without being told what is open: before a break, and when they want to sign out.
import { Button, Group, Modal, Text } from '@mantine/core';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { inHand, reasonLabel, type Model } from './model';
import { show, ui } from './ui';

/** Asks before a break with work in hand. */
export function LeavingDialog({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { dialog, leaving } = useStore(ui);
  const choose = (afterThis: boolean) => {
    show('');
    void desk.presence(leaving.chosen, leaving.reason, afterThis);
  };
  const label = reasonLabel(m, leaving.reason || leaving.chosen);
  return (
    <Modal
      opened={dialog === 'leaving'}
      onClose={() => show('')}
      title={`${label} now?`}
      centered
      data-testid="leaving-dialog"
      transitionProps={{ duration: 120 }}
    >
      <Open m={m} />
      <Text size="sm" c="dimmed" mt="sm">
        Now: what rings is declined, and what you have accepted stays yours. After this: nothing new comes, and you
        leave once it is done.
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => show('')} data-testid="leaving-cancel">
          Cancel
        </Button>
        <Button variant="default" onClick={() => choose(false)} data-testid="leaving-now">
          Now
        </Button>
        <Button data-autofocus onClick={() => choose(true)} data-testid="leaving-after">
          After this
        </Button>
      </Group>
    </Modal>
  );
}

/** Says why signing out was refused. */
export function OpenDialog({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const { dialog } = useStore(ui);
  const after = () => {
    show('');
    void desk.presence('offline', '', true);
  };
  return (
    <Modal
      opened={dialog === 'open'}
      onClose={() => show('')}
      title="You still have open work"
      centered
      data-testid="open-dialog"
      transitionProps={{ duration: 120 }}
    >
      <Open m={m} />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => show('')} data-testid="open-stay">
          Stay
        </Button>
        <Button data-autofocus onClick={after} data-testid="open-after">
          Sign out after this
        </Button>
      </Group>
    </Modal>
  );
}

function Open({ m }: { m: Model }) {
  const work = inHand(m);
  if (work.length === 0) return <Text size="sm">Nothing is open any more.</Text>;
  return (
    <ul className="open-work" data-testid="open-work">
      {work.map((w) => (
        <li key={w.lease}>
          <span>{w.what}</span>
          <small>{w.where}</small>
        </li>
      ))}
    </ul>
  );
}
