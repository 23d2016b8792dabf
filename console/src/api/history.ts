// Rows of the history as the server writes them, made safe to show: nothing is missing, times are numbers.
import { causeWords, clock, span } from '../lib/format';
import type { Interaction, RecordingPart, Segment } from './types';

type Row = Record<string, unknown>;

export function interaction(raw: unknown): Interaction {
  const r = row(raw);
  const seconds = num(r.recordingSeconds) || length(r, 'recorded') / 1000;
  return {
    id: str(r.id),
    from: str(r.from),
    name: str(r.name),
    to: str(r.to),
    entry: str(r.entry),
    direction: str(r.direction),
    path: path(r.path),
    started: time(r.started),
    ended: time(r.ended),
    queue: str(r.queueLabel) || str(r.queue),
    agent: str(r.agentName) || str(r.agent),
    cause: str(r.cause),
    outcome: str(r.outcome),
    waited: length(r, 'waited'),
    talked: length(r, 'talked'),
    held: length(r, 'held'),
    wrapped: length(r, 'wrapped'),
    disposition: str(r.dispositionLabel) || str(r.disposition),
    note: str(r.note),
    recording: seconds > 0 || (typeof r.recording === 'boolean' ? r.recording : str(r.recording) !== ''),
    recordingSeconds: seconds,
    recordingParts: Array.isArray(r.recordingParts) ? r.recordingParts.map(part) : [],
    segments: Array.isArray(r.segments) ? r.segments.map(segment) : [],
  };
}

function part(raw: unknown): RecordingPart {
  const r = row(raw);
  return { silence: num(r.silence), seconds: num(r.seconds), there: r.there !== false };
}

/** Where the recording has a gap, since another server went on with the call, and what of it is not there, in words. */
export function gaps(parts: RecordingPart[]): string {
  let at = 0;
  const words: string[] = [];
  for (const [n, p] of parts.entries()) {
    if (!p.there) words.push(`part ${n + 1} is at a server that is away`);
    else if (n > 0)
      words.push(
        `at ${clock(at * 1000)} another server went on${p.silence >= 1 ? ` after ${span(p.silence * 1000)}` : ''}`,
      );
    if (p.there) at += p.seconds;
  }
  return words.join(' · ');
}

function segment(raw: unknown): Segment {
  const r = row(raw);
  return {
    queue: str(r.queueLabel) || str(r.queue),
    agent: str(r.agentName) || str(r.agent),
    party: str(r.party),
    outcome: str(r.outcome),
    waited: length(r, 'waited'),
    talked: length(r, 'talked'),
    held: length(r, 'held'),
    disposition: str(r.dispositionLabel) || str(r.disposition),
    note: str(r.note),
  };
}

/** Whether a call goes on: nothing of it is final. */
export const live = (i: Interaction): boolean => i.ended === 0;

/** What became of a call, in a few words. */
export function result(i: Interaction): string {
  if (live(i)) return 'In progress';
  return i.talked > 0 && i.disposition ? i.disposition : ending(i);
}

/** How a call ended, in words: of a caller whom nobody served, what became of them while waiting. */
export function ending(i: Interaction): string {
  if (live(i)) return '';
  const unserved = i.cause === 'normal' && i.talked === 0 && i.outcome;
  return causeWords(unserved ? i.outcome : i.cause);
}

function path(raw: unknown): { step: string; key: string }[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((p: unknown) =>
    typeof p === 'string' ? { step: p, key: '' } : { step: str(row(p).step), key: str(row(p).key) },
  );
}

function row(raw: unknown): Row {
  return typeof raw === 'object' && raw !== null ? (raw as Row) : {};
}

function str(v: unknown): string {
  return typeof v === 'string' ? v : typeof v === 'number' ? String(v) : '';
}

function num(v: unknown): number {
  return typeof v === 'number' && Number.isFinite(v) ? v : 0;
}

/** A length in ms, under its name or its name and unit. */
function length(r: Row, name: string): number {
  return num(r[name] ?? r[`${name}Ms`] ?? r[`${name}_ms`]);
}

/** A moment as unix ms, from a number or an RFC 3339 text; 0 when there is none. */
function time(v: unknown): number {
  if (typeof v === 'number') return v;
  const at = typeof v === 'string' ? Date.parse(v) : NaN;
  return Number.isNaN(at) ? 0 : at;
}
