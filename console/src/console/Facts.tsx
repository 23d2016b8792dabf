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

/** What is known of a call that an agent has transferred, or asks about: who it is, and their note. */
export function transferred(call: {
  by?: string;
  owner?: string;
  place?: string;
  note?: string;
  purpose?: string;
}): [string, ReactNode, string][] {
  const asks = call.place === 'aside' ? call.owner : call.purpose === 'consult' ? call.by : '';
  return [
    asks ? ['Asked by', asks, 'transferred-by'] : ['Transferred by', call.by ?? '', 'transferred-by'],
    ['Note', call.note ?? '', 'transferred-note'],
  ];
}
