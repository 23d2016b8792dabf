// What is open on the screen; nothing of it matters to a call.
import { store } from '../lib/store';

export interface Ui {
  dialog: '' | 'end' | 'help' | 'sound' | 'status';
  keypad: boolean;
  pick: number; // the disposition chosen by a number key, 0 = none
  submit: number; // counts submissions asked for by the keyboard
}

export const ui = store<Ui>({ dialog: '', keypad: false, pick: 0, submit: 0 });

export const show = (dialog: Ui['dialog']): void => ui.set({ ...ui.get(), dialog });
export const toggleKeypad = (open: boolean = !ui.get().keypad): void => ui.set({ ...ui.get(), keypad: open });
