// What is open on the screen; nothing of it matters to a call.
import { store } from '../lib/store';

export interface Ui {
  dialog:
    | ''
    | 'end'
    | 'transfer'
    | 'consult'
    | 'dial'
    | 'help'
    | 'sound'
    | 'status'
    | 'leaving'
    | 'open'
    | 'why'
    | 'agent'
    | 'waiting'
    | 'move';
  view: 'desk' | 'floor' | 'audit'; // a supervisor may look at the floor, or at what was done there, instead
  about: string; // the agent or the interaction that the dialog of that name is about
  leaving: { chosen: 'away' | 'busy'; reason: string }; // what the dialog of that name is about
  keypad: boolean;
  pick: number; // the disposition chosen by a number key, 0 = none
  submit: number; // counts submissions asked for by the keyboard
}

export const ui = store<Ui>({
  dialog: '',
  view: 'desk',
  about: '',
  leaving: { chosen: 'away', reason: '' },
  keypad: false,
  pick: 0,
  submit: 0,
});

export const show = (dialog: Ui['dialog'], leaving = ui.get().leaving): void =>
  ui.set({ ...ui.get(), dialog, leaving });
export const showAbout = (dialog: 'dial' | 'agent' | 'waiting' | 'move', about: string): void =>
  ui.set({ ...ui.get(), dialog, about });
export const look = (view: Ui['view']): void => ui.set({ ...ui.get(), view });
export const toggleKeypad = (open: boolean = !ui.get().keypad): void => ui.set({ ...ui.get(), keypad: open });
/** Closes a dialog, unless another one has taken its place: a menu closes after its item has opened something. */
export const closed = (dialog: Ui['dialog']): void => {
  if (ui.get().dialog === dialog) show('');
};
