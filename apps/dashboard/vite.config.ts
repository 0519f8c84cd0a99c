import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** In development the pages come from vite and everything else from the server on its usual port. */
const server = 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2023',
    // Nothing is inlined as a data: address, so that the content security policy can stay strict.
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api', '/auth', '/users', '/audio', '/health', '/readiness'].map((path) => [path, server]),
    ),
  },
});
