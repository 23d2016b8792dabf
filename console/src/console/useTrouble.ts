import { useStore, store } from '../lib/store';
import type { Line, LineState } from '../voice/line';
import type { Desk } from './desk';

const none = store<LineState>({ registration: 'off', reason: '', audio: 'none', call: '' });

/** The phone line's state, also while there is no line. */
export function useLine(line: Line | null): LineState {
  return useStore(line?.state ?? none);
}

/** The first thing that keeps this agent from talking, '' when there is none. */
export function useTrouble(desk: Desk): string {
  useStore(desk.microphone.state);
  useStore(desk.network);
  useLine(useStore(desk.line));
  return desk.trouble();
}
