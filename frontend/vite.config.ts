import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { mockBackEnd } from './mock/plugin.ts'

const HUB = 'http://127.0.0.1:8000'

export default defineConfig(({ mode }) => ({
  base: '/',
  plugins: [react(), tailwindcss(), mode === 'mock' && mockBackEnd()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../src/metafleet/hub/console/static/app',
    emptyOutDir: true,
    // A data: font or image would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // Few chunks that stay the same over releases, instead of one for every shared icon.
        codeSplitting: {
          groups: [
            {
              name: 'charts',
              test: /node_modules\/(lightweight-charts|fancy-canvas)/,
              priority: 3,
            },
            { name: 'radix', test: /node_modules\/(@radix-ui|radix-ui|@floating-ui)/, priority: 3 },
            { name: 'vendor', test: /node_modules/, priority: 2 },
            {
              name: 'shared',
              // What draws charts stays out, or every page would load the chart library.
              test: /src\/(api|format|ui|components|forms)\/(?!\w+-chart|chart-|equity-panel)/,
              minShareCount: 2,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server:
    mode === 'mock'
      ? { port: 5173 }
      : {
          port: 5173,
          // A test reads the golden messages, which Python and MQL share.
          fs: { allow: ['.', '../src/metafleet/wire/examples'] },
          proxy: {
            '/api': HUB,
            '/downloads': HUB,
            // The hub takes the stream from its own origin only.
            '/live': { target: HUB, ws: true, headers: { origin: HUB }, changeOrigin: true },
          },
        },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/test-setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'mock/**/*.test.ts'],
    restoreMocks: true,
  },
}))
