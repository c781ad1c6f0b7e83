import { Button, Group, Modal, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Looked } from '../../queries.ts'
import { useDecide } from './decide.ts'

/** Denies with a reason that the agent reads: it keeps an agent from trying the same again. */
export function DenyDialog({ shown, opened, onClose }: { shown: Looked; opened: boolean; onClose(): void }) {
  const [reason, setReason] = useState('')
  const decide = useDecide(shown)
  const submit = (e: FormEvent) => {
    e.preventDefault()
    const text = reason.trim()
    decide.mutate({ approve: false, ...(text ? { reason: text } : {}) }, { onSettled: onClose })
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Deny">
      <form onSubmit={submit}>
        <Textarea
          label="Reason"
          description="Optional. The agent reads it."
          maxLength={500}
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !e.shiftKey) submit(e)
          }}
        />
        <Group mt="lg" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button type="submit" color="red" loading={decide.isPending}>
            Deny it
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
