import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = 'http://localhost:3000';

// biome-ignore lint/style/noDefaultExport: Vite asks for one.
export default defineConfig({
  plugins: [react()],
  server: {
    proxy: {
      '/v1': server,
      '/.well-known': server,
      '/signal': { target: server, ws: true },
    },
  },
  build: { target: 'es2022' },
});
