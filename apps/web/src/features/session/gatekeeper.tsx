import { Center, Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { sessionQuery } from '../../queries.ts'
import { Broken } from '../../ui/broken.tsx'
import { CopyLine } from '../../ui/copy-line.tsx'
import { useWiring } from '../../wiring.tsx'
import { PlainFrame } from './plain-frame.tsx'

const SignIn = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignIn }))
const Shell = lazy(async () => ({ default: (await import('../shell/shell.tsx')).Shell }))

const waiting = (
  <Center h="100dvh">
    <Loader aria-label="Loading" role="status" />
  </Center>
)

/** Lets in who is signed in; others sign in here, and the address they came for stays. */
export function Gatekeeper() {
  const { api, secret } = useWiring()
  const session = useQuery(sessionQuery(api))
  if (session.isPending) return waiting
  if (session.data === undefined) {
    return (
      <PlainFrame title="Permission Slip" lead="The server can not be reached.">
        <Broken error={session.error} retry={() => session.refetch()} />
      </PlainFrame>
    )
  }
  if (session.data.setup_needed) {
    return (
      <PlainFrame
        title="Not set up yet"
        lead="Open the one-time link that the server printed where it was started. It looks like this:"
      >
        <CopyLine text={`${location.origin}/setup?token=…`} what="the example" />
      </PlainFrame>
    )
  }
  // Without the secret of this origin every change would be refused: sign in again.
  const known = session.data.signed_in && session.data.me?.kind === 'person' && secret.read() !== null
  return (
    <Suspense fallback={waiting}>
      {known && session.data.me?.kind === 'person' ? <Shell me={session.data.me} /> : <SignIn />}
    </Suspense>
  )
}
