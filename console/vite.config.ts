import react from '@vitejs/plugin-react';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds the server: the fake one of dev/server.mjs, or a real one by CALLFLOOR=http://host:port.
const server = process.env.CALLFLOOR ?? 'http://127.0.0.1:4180';

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce in place of this word in every page it hands out (embed.go).
  html: { cspNonce: 'CALLFLOOR_NONCE' },
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/sip': { target: server, ws: true },
    },
  },
  build: {
    target: 'es2022',
    outDir: 'dist', // emptied first; public/README puts README back, which keeps the directory in git
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: resolve(import.meta.dirname, 'index.html'),
        phone: resolve(import.meta.dirname, 'phone.html'),
      },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
