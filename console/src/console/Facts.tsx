import type { ReactNode } from 'react';

/** Rows of label and value; empty values are left out. */
export function Facts({ rows }: { rows: [label: string, value: ReactNode, testid?: string][] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== '')
        .map(([label, value, testid]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-testid={testid}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
