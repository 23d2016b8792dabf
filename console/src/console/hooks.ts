import { useEffect, useState } from 'react';
import { command, type Command } from '../lib/keys';
import type { Desk } from './desk';
import { show, toggleKeypad, ui } from './ui';

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
      return void desk.hold();
    case 'keypad':
      return toggleKeypad();
    case 'end':
      return show('end');
    case 'submit':
      return ui.set({ ...ui.get(), submit: ui.get().submit + 1 });
    case 'search':
      return document.getElementById('history-search')?.focus();
    case 'status':
      return show('status');
    case 'help':
      return show('help');
  }
}
