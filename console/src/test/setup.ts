// What jsdom lacks and the component library expects.
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}

Object.defineProperty(window, 'matchMedia', {
  value: (query: string) => ({ matches: false, media: query, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {}, dispatchEvent: () => false, onchange: null }),
});
Object.defineProperty(globalThis, 'ResizeObserver', { value: Observer });
Object.defineProperty(document, 'fonts', { value: new EventTarget() });
Element.prototype.scrollIntoView = () => {};
HTMLMediaElement.prototype.play = () => Promise.resolve();

afterEach(cleanup);
