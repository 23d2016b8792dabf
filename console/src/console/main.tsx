import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import './console.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { theme } from '../theme';
import { App } from './App';
import { Desk } from './desk';

const desk = new Desk();
void desk.begin(); // before anything is drawn: a reload in the middle of a call is back the sooner

// The page's policy lets style elements in by this nonce only; the scroll lock of dialogs looks for its own name of it.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <App desk={desk} />
    </MantineProvider>
  </StrictMode>,
);
