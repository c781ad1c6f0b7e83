import { Button, Kbd } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Looked } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { HoldButton } from '../../ui/hold-button.tsx'
import { useNow } from '../../ui/time.tsx'
import { useAsleep } from './asleep.ts'
import { useDecide } from './decide.ts'
import classes from './decision-bar.module.css'

interface Props {
  shown: Looked
  /** Set where the page can't vouch for what it shows: nothing can be approved then. */
  blocked?: string | null
  /** `bar` is fixed at the bottom of a phone; `card` stands in the list. */
  place: 'bar' | 'card'
  onDenyWithReason?: () => void
}

/** Deny left, Approve right. High risk is held, not tapped. */
export function DecisionBar({ shown, blocked = null, place, onDenyWithReason }: Props) {
  const decide = useDecide(shown)
  const sleeping = useAsleep(`${shown.id} ${shown.digest}`)
  const now = useNow()
  const [asking, setAsking] = useState(false)
  const over = shown.expires_at !== null && Date.parse(shown.expires_at) <= now
  const asleep = sleeping || decide.isPending || decide.isSuccess || over
  const high = shown.risk === 'high'
  const keys = place === 'bar'
  const approve = () => {
    if (!asleep && !blocked) decide.mutate({ approve: true })
  }
  const deny = () => {
    if (!asleep) decide.mutate({ approve: false })
  }
  useHotkeys(
    keys
      ? [
          ['a', () => (high ? !asleep && !blocked && setAsking(true) : approve())],
          ['d', () => (onDenyWithReason ? !asleep && onDenyWithReason() : deny())],
        ]
      : [],
  )
  const state = { 'aria-disabled': asleep, 'data-asleep': asleep || undefined }
  return (
    <div className={classes['bar']} data-place={place}>
      <Button
        fullWidth
        variant="default"
        className={classes['deny'] ?? ''}
        leftSection={<IconX size={20} aria-hidden />}
        rightSection={keys ? <Kbd visibleFrom="md">d</Kbd> : null}
        onClick={deny}
        {...state}
      >
        Deny
      </Button>
      {high ? (
        <HoldButton asleep={asleep || blocked !== null} onHeld={approve} onAsk={() => setAsking(true)}>
          Hold to approve
        </HoldButton>
      ) : (
        <Button
          fullWidth
          color="teal"
          leftSection={<IconCheck size={20} aria-hidden />}
          rightSection={keys ? <Kbd visibleFrom="md">a</Kbd> : null}
          onClick={approve}
          {...state}
          aria-disabled={asleep || blocked !== null}
        >
          Approve
        </Button>
      )}
      <Confirm
        opened={asking}
        title="Approve this high-risk action?"
        yes="Approve"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          approve()
        }}
      >
        {shown.summary.text}
      </Confirm>
    </div>
  )
}
