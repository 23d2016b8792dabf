import '@fontsource-variable/inter/index.css';
import './phone.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Phone } from './Phone';

const root = document.getElementById('root');
if (!root) throw new Error('phone.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Phone />
  </StrictMode>,
);
