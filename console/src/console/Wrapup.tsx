import { Button, Progress, Textarea } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import type { Wrapup as WrapupFacts } from '../api/types';
import { clock, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { draftOf, keepDraft, type Draft } from './draft';
import { viewer } from './model';
import { useNow } from './hooks';
import { Keys } from './Offer';
import { ui } from './ui';

export function Wrapup({ desk, wrapup }: { desk: Desk; wrapup: WrapupFacts }) {
  const m = useStore(desk.model);
  const { pick, submit } = useStore(ui);
  const [{ code, note }, setDraft] = useState(() => draftOf(wrapup.lease));
  const [missing, setMissing] = useState(false);
  const asked = useRef(submit);
  const choices = wrapup.dispositions ?? [];
  const busy = m.asked.wrapup === wrapup.lease;

  const send = () => {
    if (wrapup.required && choices.length > 0 && !code) setMissing(true);
    else void desk.submit(code, note.trim());
  };
  const write = (part: Partial<Draft>) => {
    const draft = { lease: wrapup.lease, code, note, ...part };
    setDraft(draft);
    keepDraft(draft);
  };
  useLastMoment(wrapup, m.at, () => {
    if (!busy && !viewer(m) && (code || note.trim())) void desk.submit(code, note.trim());
  });
  useEffect(() => {
    const chosen = choices[pick - 1];
    if (chosen) choose(chosen.code);
    if (pick) ui.set({ ...ui.get(), pick: 0 });
  });
  useEffect(() => {
    if (asked.current !== submit) send();
    asked.current = submit;
  });
  const choose = (c: string) => {
    write({ code: c });
    setMissing(false);
  };

  return (
    <section className="card wrapup" aria-labelledby="wrapup-title" data-testid="wrapup" data-lease={wrapup.lease}>
      <div className="card-top">
        <div>
          <div className="eyebrow">After-call work</div>
          <h2 id="wrapup-title">{m.spoke.call === wrapup.call ? m.spoke.who : 'How did it go?'}</h2>
        </div>
        <Left wrapup={wrapup} at={m.at} />
      </div>
      {choices.length > 0 && (
        <div
          className="choices"
          role="radiogroup"
          aria-label="Disposition"
          aria-required={wrapup.required}
          aria-invalid={missing}
        >
          {choices.map((c, i) => (
            <label key={c.code} className={c.code === code ? 'chosen' : ''} data-testid={`disposition-${c.code}`}>
              <input
                type="radio"
                name="disposition"
                value={c.code}
                checked={c.code === code}
                onChange={() => choose(c.code)}
                {...(i === 0 ? { 'data-focus': true } : {})}
              />
              {c.label}
              {i < 9 && <Keys of={[String(i + 1)]} />}
            </label>
          ))}
        </div>
      )}
      {missing && (
        <div className="hint trouble" role="alert">
          Choose how the call went first.
        </div>
      )}
      <Textarea
        label="Note"
        placeholder="What the next person should know"
        autosize
        minRows={3}
        maxRows={8}
        maxLength={4000}
        value={note}
        onChange={(e) => write({ note: e.currentTarget.value })}
        data-testid="wrapup-note"
      />
      <div className="actions">
        <Button
          size="md"
          loading={busy}
          onClick={send}
          disabled={viewer(m)}
          leftSection={<IconCheck size={18} />}
          data-testid="wrapup-submit"
        >
          Done <Keys of={['Ctrl', 'Enter']} />
        </Button>
      </div>
    </section>
  );
}

/** Sends what was written when the time is nearly over, rather than losing it. */
function useLastMoment(wrapup: WrapupFacts, at: number, send: () => void): void {
  const latest = useRef(send);
  latest.current = send;
  useEffect(() => {
    if (wrapup.leftMs === null) return;
    const timer = setTimeout(() => latest.current(), Math.max(0, wrapup.leftMs - 1000 - (performance.now() - at)));
    return () => clearTimeout(timer);
  }, [wrapup.leftMs, at]);
}

function Left({ wrapup, at }: { wrapup: WrapupFacts; at: number }) {
  const now = useNow(250);
  const [total] = useState(wrapup.leftMs ?? 0);
  if (wrapup.leftMs === null)
    return (
      <div className="timer">
        <small>no time limit</small>
      </div>
    );
  const left = Math.max(0, wrapup.leftMs - (now - at));
  return (
    <div className="timer">
      <time role="timer" aria-label={`${spoken(left)} left`} data-testid="wrapup-left">
        {clock(left + 999)}
      </time>
      <Progress value={total ? (left / total) * 100 : 0} size={4} w={110} aria-hidden />
    </div>
  );
}
