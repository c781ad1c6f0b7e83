import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { sayProblem, useChange } from '../../change.ts'
import { CopyLine } from '../../ui/copy-line.tsx'
import { JsonText } from '../../ui/json-text.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { useApi } from '../../wiring.tsx'
import { TotpField } from '../session/totp-field.tsx'

/** A second factor: codes from an authenticator app. */
export function Totp({ on }: { on: boolean }) {
  const api = useApi()
  const [starting, setStarting] = useState<{ uri: string; secret: string } | null>(null)
  const [stopping, setStopping] = useState(false)
  const [code, setCode] = useState('')
  const [backup, setBackup] = useState<string[] | null>(null)
  const start = useChange(() => api.send<{ uri: string; secret: string }>('POST', 'totp/start', {}), {
    touches: [],
    done: setStarting,
  })
  const confirm = useChange(() => api.send<{ backup_codes: string[] }>('POST', 'totp/confirm', { code: code.trim() }), {
    touches: ['session'],
    notify: false,
    done: (answer) => {
      setBackup(answer.backup_codes)
      setStarting(null)
      setCode('')
    },
  })
  const stop = useChange(() => api.send('DELETE', 'totp', { code: code.trim() }), {
    touches: ['session'],
    notify: false,
    done: () => {
      setStopping(false)
      setCode('')
    },
  })
  const error = confirm.error ?? stop.error
  const submit = (e: FormEvent) => {
    e.preventDefault()
    if (starting) confirm.mutate(undefined)
    else stop.mutate(undefined)
  }
  const close = () => {
    setStarting(null)
    setStopping(false)
    setCode('')
    confirm.reset()
    stop.reset()
  }
  return (
    <Stack gap="sm">
      <Text fz="sm">
        {on
          ? 'On: signing in needs a code besides the password.'
          : 'Off. With it, a stolen password alone is of no use.'}
      </Text>
      <Group>
        {on ? (
          <Button variant="default" onClick={() => setStopping(true)}>
            Switch it off
          </Button>
        ) : (
          <Button loading={start.isPending} onClick={() => start.mutate(undefined)}>
            Switch it on
          </Button>
        )}
      </Group>
      <Modal
        opened={starting !== null || stopping}
        onClose={close}
        title={starting ? 'Scan this in your authenticator' : 'Switch the second factor off'}
      >
        <form onSubmit={submit}>
          <Stack>
            {starting ? (
              <>
                <Group justify="center">
                  <QrCode text={starting.uri} label="QR code for the authenticator" size={208} />
                </Group>
                <CopyLine text={starting.secret} what="the secret, to type it in instead" />
              </>
            ) : null}
            <TotpField value={code} onChange={setCode} error={error ? sayProblem(error) : null} />
            <Button type="submit" loading={confirm.isPending || stop.isPending}>
              {starting ? 'Switch it on' : 'Switch it off'}
            </Button>
          </Stack>
        </form>
      </Modal>
      <Modal opened={backup !== null} onClose={() => setBackup(null)} title="Backup codes" closeOnClickOutside={false}>
        <Stack>
          <Alert color="yellow">Each works once, if your authenticator is lost. They are not shown again.</Alert>
          <JsonText value={backup?.join('\n') ?? ''} label="Backup codes" />
          <CopyLine text={backup?.join(' ') ?? ''} what="the backup codes" />
          <Button onClick={() => setBackup(null)}>I have them</Button>
        </Stack>
      </Modal>
    </Stack>
  )
}
