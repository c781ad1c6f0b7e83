import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// No inline script or style may come out of the build: the server's content security policy refuses both.
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
})
