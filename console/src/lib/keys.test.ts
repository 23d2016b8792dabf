import { expect, test } from 'vitest';
import { command, type Press, type Where } from './keys';

const nowhere: Where = { offer: false, talking: false, wrapup: false, keypad: false, dialog: false };
const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  target: document.body,
  ...more,
});

test.each<[string, Partial<Where>, ReturnType<typeof command>]>([
  ['Enter', { offer: true }, 'accept'],
  ['a', { offer: true }, 'accept'],
  ['A', { offer: true }, 'accept'],
  ['Escape', { offer: true }, 'decline'],
  ['d', { offer: true }, 'decline'],
  ['Enter', {}, null],
  ['a', { talking: true }, null],
  ['Escape', { talking: true }, null],
  ['m', { talking: true }, 'mute'],
  ['H', { talking: true }, 'hold'],
  ['k', { talking: true }, 'keypad'],
  ['e', { talking: true }, 'end'],
  ['t', { talking: true }, 'transfer'],
  ['T', {}, null],
  ['C', { talking: true }, 'consult'],
  ['c', {}, null],
  ['m', {}, null],
  ['5', { talking: true }, null],
  ['5', { talking: true, keypad: true }, { digit: '5' }],
  ['#', { talking: true, keypad: true }, { digit: '#' }],
  ['*', { talking: true, keypad: true }, { digit: '*' }],
  ['Escape', { talking: true, keypad: true }, 'keypad'],
  ['e', { talking: true, dialog: true }, null],
  ['Escape', { offer: true, dialog: true }, null],
  ['Enter', { offer: true, dialog: true }, null],
  ['2', { wrapup: true }, { pick: 2 }],
  ['0', { wrapup: true }, null],
  ['s', {}, 'status'],
  ['n', {}, 'next'],
  ['n', { dialog: true }, null],
  ['/', {}, 'search'],
  ['?', {}, 'help'],
  ['?', { dialog: true }, null],
  ['a', { offer: true, talking: true }, 'accept'],
])('%s with %j is %j', (key, where, want) => {
  expect(command(press(key), { ...nowhere, ...where })).toEqual(want);
});

test('nothing but Ctrl+Enter is a command while somebody writes', () => {
  const all = { ...nowhere, offer: true, talking: true, wrapup: true, keypad: true };
  for (const field of [
    document.createElement('input'),
    document.createElement('textarea'),
    document.createElement('select'),
  ]) {
    for (const key of ['Enter', 'Escape', 'a', 'd', 'm', 'h', 'k', 'c', 'e', '5', '/', '?', 's']) {
      expect(command(press(key, { target: field }), all), `${key} in ${field.tagName}`).toBeNull();
    }
    expect(command(press('Enter', { target: field, ctrlKey: true }), all)).toBe('submit');
    expect(command(press('Enter', { target: field, metaKey: true }), all)).toBe('submit');
  }
});

test('a key held down since before the offer does not answer it', () => {
  expect(command(press('Enter', { repeat: true }), { ...nowhere, offer: true })).toBeNull();
});

test('the browser keeps its own shortcuts', () => {
  for (const mod of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    for (const key of ['a', 'd', 'h', 'k', 'c', 'e', 'm']) {
      expect(command(press(key, mod), { ...nowhere, offer: true, talking: true })).toBeNull();
    }
  }
});

test('Enter on another button presses that button, A still accepts', () => {
  const button = document.createElement('button');
  const w = { ...nowhere, offer: true };
  expect(command(press('Enter', { target: button }), w)).toBeNull();
  expect(command(press('a', { target: button }), w)).toBe('accept');
});

test('a chosen radio button is not a text field', () => {
  const radio = document.createElement('input');
  radio.type = 'radio';
  expect(command(press('2', { target: radio }), { ...nowhere, wrapup: true })).toEqual({ pick: 2 });
});
