// What the agent should know and need not act on; problems stay until dismissed, the rest goes by itself.
import { Notification } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import type { Notice } from './model';

export function Notices({ desk }: { desk: Desk }) {
  const { notices } = useStore(desk.model);
  return (
    <div className="notices" role="log" aria-live="polite" aria-label="Messages">
      {notices.map((n) => (
        <One key={n.id} notice={n} dismiss={() => desk.dismiss(n.id)} />
      ))}
    </div>
  );
}

function One({ notice, dismiss }: { notice: Notice; dismiss: () => void }) {
  useEffect(() => {
    const timer = setTimeout(dismiss, notice.kind === 'info' ? 8000 : 15_000);
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one timer for the life of a notice
  }, [notice.id]);
  const problem = notice.kind === 'problem';
  return (
    <Notification
      data-testid={`notice-${notice.kind}`}
      withBorder
      color={problem ? 'red' : 'pine'}
      icon={problem ? <IconAlertTriangle size={18} /> : <IconInfoCircle size={18} />}
      onClose={dismiss}
      closeButtonProps={{ 'aria-label': 'Dismiss' }}
    >
      {notice.text}
    </Notification>
  );
}
