// The console's build: static files that need nothing but their own origin. Pages, chart, editor, terminal and simulator are
// files of their own, loaded when a page needs them.
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A data: URL would need room in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8088', '/session': 'http://127.0.0.1:8088', '/events': 'http://127.0.0.1:8088' } },
})
