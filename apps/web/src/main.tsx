import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './app.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem, createApi } from './api.ts'
import { FreshSignIn } from './features/session/fresh-sign-in.tsx'
import { createFreshGate } from './fresh-gate.ts'
import { createAppRouter } from './router.tsx'
import { sessionSecret } from './session-secret.ts'
import { contrast, theme } from './theme.ts'
import { WiringContext } from './wiring.tsx'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''
// The scroll lock of dialogs makes a style element of its own, and takes its nonce from this name.
Object.assign(globalThis, { __webpack_nonce__: nonce })

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      retry: (count, e) =>
        count < 2 && (!(e instanceof ApiProblem) || e.problem.status === 0 || e.problem.status >= 500),
    },
  },
})
const gate = createFreshGate()
const secret = sessionSecret()
const api = createApi({
  secret,
  askFresh: gate.ask,
  onSignedOut: () => client.invalidateQueries({ queryKey: ['session'] }),
})
const router = createAppRouter()

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={contrast}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <WiringContext value={{ api, gate, secret }}>
          <Notifications position="top-right" />
          <RouterProvider router={router} />
          <FreshSignIn />
        </WiringContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
