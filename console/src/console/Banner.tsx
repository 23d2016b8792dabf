// A line across the whole width, with what can be done about it.
import type { ReactNode } from 'react';

interface Props {
  kind: 'trouble' | 'amber' | 'quiet';
  id: string;
  icon: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Banner({ kind, id, icon, action, children }: Props) {
  return (
    <div className={`banner ${kind}`} data-testid={id} role="alert">
      {icon}
      <span>{children}</span>
      {action}
    </div>
  );
}
