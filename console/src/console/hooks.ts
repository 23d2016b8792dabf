import { useEffect, useRef, useState } from 'react';
import { command, type Command } from '../lib/keys';
import type { Desk } from './desk';
import type { Call } from '../api/types';
import { dialing, digital, guest, phaseOf, supervises, supervising } from './model';
import { look, show, showAbout, toggleKeypad, ui } from './ui';

/** performance.now(), again every so many ms while the component is shown. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

const pace = 1000; // ms between two questions

/** What a question is answered, asked again when there is news, as long as the component is shown. */
export function useTold<T>(ask: (signal: AbortSignal) => Promise<T>, about: string, news: unknown) {
  const [told, setTold] = useState<{ said: T | null; at: number; problem: string }>({ said: null, at: 0, problem: '' });
  const again = useRef(() => {});
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [busy, missed] = [false, false];
    const go = async () => {
      missed = busy;
      if (busy) return;
      busy = true;
      try {
        const said = await ask(stop.signal);
        if (!stop.signal.aborted) setTold({ said, at: performance.now(), problem: '' });
      } catch (err) {
        const problem = err instanceof Error ? err.message : 'This cannot be shown now.';
        if (!stop.signal.aborted) setTold((t) => ({ ...t, problem }));
      }
      if (stop.signal.aborted) return;
      timer = setTimeout(() => {
        busy = false;
        if (missed) void go();
      }, pace);
    };
    again.current = () => void go();
    setTold({ said: null, at: 0, problem: '' });
    void go();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [about]); // ask asks about nothing else
  useEffect(() => again.current(), [news]);
  return told;
}

/** Gives the keyboard to the desk. */
export function useKeys(desk: Desk): void {
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const { server, phase } = desk.model.get();
      if (phase !== 'signedIn' || e.defaultPrevented) return;
      const c = command(e, {
        offer: !!server?.offer,
        talking: !!server?.call,
        wrapup: !!server?.wrapup,
        keypad: ui.get().keypad,
        dialog: ui.get().dialog !== '',
      });
      if (c === null) return;
      e.preventDefault();
      obey(desk, c);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [desk]);
}

/** What a key means depends on whom the agent talks with. */
function obeyTalk(
  desk: Desk,
  c: 'hold' | 'keypad' | 'transfer' | 'consult' | 'join' | 'listen' | 'whisper' | 'takeOver',
): void {
  const call = desk.model.get().server?.call;
  if (!call) return;
  if (guest(call)) return obeyGuest(desk, call, c); // it is a colleague's
  const phase = phaseOf(call);
  switch (c) {
    case 'join':
      if (phase === 'consulting') void desk.merge();
      return;
    case 'keypad':
      return toggleKeypad();
    case 'hold':
      return void (phase === 'consulting' ? desk.swap() : desk.hold());
    case 'transfer':
      if (phase === 'consulting') return void desk.complete();
      if (phase === 'own') return show('transfer');
      return void (call.toward?.purpose === 'transfer' && desk.takeBack());
    case 'consult':
      if (phase === 'own') return show('consult');
      if (phase === 'consulting') return void desk.takeBack();
      return void (call.toward?.purpose === 'consult' && desk.takeBack());
  }
}

/** What somebody may do with a colleague's call. */
function obeyGuest(desk: Desk, call: Call, c: string): void {
  if (c === 'join' && call.asked) return void desk.meet();
  if (!supervising(call)) return;
  const verbs = { listen: 'listen', whisper: 'whisper', join: 'barge', takeOver: 'take-over' } as const;
  if (c in verbs) void desk.supervise(call.id, verbs[c as keyof typeof verbs]);
}

function obey(desk: Desk, c: Command): void {
  if (typeof c === 'object') {
    if ('digit' in c) desk.digits(c.digit);
    else ui.set({ ...ui.get(), pick: c.pick });
    return;
  }
  switch (c) {
    case 'accept':
      return void desk.accept();
    case 'decline':
      return void desk.decline();
    case 'mute':
      return void desk.mute();
    case 'hold':
    case 'keypad':
    case 'transfer':
    case 'consult':
    case 'join':
    case 'listen':
    case 'whisper':
    case 'takeOver':
      return obeyTalk(desk, c);
    case 'end':
      return show('end');
    case 'submit':
      return ui.set({ ...ui.get(), submit: ui.get().submit + 1 });
    case 'search':
      return document.getElementById('history-search')?.focus();
    case 'status':
      return show('status');
    case 'next':
      if (digital(desk.model.get()).length > 0) void desk.next();
      return;
    case 'dial':
      return dialing(desk.model.get()) ? showAbout('dial', '') : undefined;
    case 'why':
      return show('why');
    case 'floor':
      if (supervises(desk.model.get())) look(ui.get().view === 'floor' ? 'desk' : 'floor');
      return;
    case 'help':
      return show('help');
  }
}
