// Which key does what. Pure, so that the whole keyboard is one table in a test.

export type Command =
  | 'accept'
  | 'decline'
  | 'mute'
  | 'hold'
  | 'keypad'
  | 'transfer'
  | 'consult'
  | 'join'
  | 'listen'
  | 'whisper'
  | 'takeOver'
  | 'end'
  | 'submit'
  | 'search'
  | 'status'
  | 'why'
  | 'next'
  | 'dial'
  | 'floor'
  | 'help'
  | { digit: string }
  | { pick: number }; // the n-th disposition, from 1

/** What is on the screen when a key is pressed. */
export interface Where {
  offer: boolean;
  talking: boolean;
  wrapup: boolean;
  keypad: boolean; // the keypad is open: digits are tones
  dialog: boolean; // a dialog or menu is open and has the keyboard
}

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  target: EventTarget | null;
}

/** The command a key stands for here, or null when the key belongs to whatever has the focus. */
export function command(p: Press, w: Where): Command | null {
  if (p.repeat) return null; // a key that was already down when the offer came must not answer it
  if (p.key === 'Enter' && (p.ctrlKey || p.metaKey) && !p.altKey) return w.wrapup && !w.dialog ? 'submit' : null;
  if (p.ctrlKey || p.metaKey || p.altKey || typing(p.target)) return null;
  if (w.offer) {
    const c = offerKey(p, w);
    if (c) return c;
  }
  if (w.dialog) return null;
  if (w.talking) {
    const c = talkKey(p, w);
    if (c) return c;
  }
  if (w.wrapup && /^[1-9]$/.test(p.key)) return { pick: Number(p.key) };
  switch (p.key) {
    case '/':
      return 'search';
    case '?':
      return 'help';
    case 's':
    case 'S':
      return 'status';
    case 'w':
    case 'W':
      return 'why';
    case 'n':
    case 'N':
      return 'next';
    case 'd':
    case 'D':
      return w.talking ? null : 'dial';
    case 'f':
    case 'F':
      return 'floor';
  }
  return null;
}

function offerKey(p: Press, w: Where): Command | null {
  switch (p.key) {
    case 'a':
    case 'A':
      return w.dialog ? null : 'accept';
    case 'Enter': // a focused button or link keeps its own Enter
      return w.dialog || actionable(p.target) ? null : 'accept';
    case 'd':
    case 'D':
    case 'Escape': // an open dialog or menu closes first
      return w.dialog ? null : 'decline';
  }
  return null;
}

function talkKey(p: Press, w: Where): Command | null {
  if (w.keypad && /^[0-9*#]$/.test(p.key)) return { digit: p.key };
  switch (p.key.toLowerCase()) {
    case 'm':
      return 'mute';
    case 'h':
      return 'hold';
    case 'k':
      return 'keypad';
    case 't':
      return 'transfer';
    case 'c':
      return 'consult';
    case 'j':
      return 'join';
    case 'l':
      return 'listen';
    case 'p':
      return 'whisper';
    case 'o':
      return 'takeOver';
    case 'e':
      return 'end';
    case 'escape':
      return w.keypad ? 'keypad' : null;
  }
  return null;
}

/** Text is being written: every key belongs to the field. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('[contenteditable="true"]')) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'range', 'submit'].includes(target.type)
  );
}

function actionable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('button, a[href], input, summary, [role="menuitem"], [role="option"]') !== null
  );
}
