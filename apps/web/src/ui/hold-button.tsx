import { Button } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import classes from './hold-button.module.css'

const holdMs = 800

interface Props {
  onHeld(): void
  /** A click by other means (a screen reader's, a switch): there is nothing to hold, so the caller asks again. */
  onAsk(): void
  asleep: boolean
  children: ReactNode
}

/** Acts only after being held for 0.8 s, by finger, mouse, Enter or Space. Letting go earlier does nothing. */
export function HoldButton({ onHeld, onAsk, asleep, children }: Props) {
  const [holding, setHolding] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const touched = useRef(false)
  const stop = () => {
    clearTimeout(timer.current)
    timer.current = undefined
    setHolding(false)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  const start = () => {
    if (asleep || timer.current !== undefined) return
    touched.current = true
    setHolding(true)
    timer.current = setTimeout(() => {
      stop()
      onHeld()
    }, holdMs)
  }
  return (
    <Button
      fullWidth
      color="red"
      className={classes['hold'] ?? ''}
      data-holding={holding || undefined}
      aria-disabled={asleep}
      data-asleep={asleep || undefined}
      aria-description="Press and hold for 0.8 seconds"
      onPointerDown={(e) => e.button === 0 && start()}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onContextMenu={(e) => e.preventDefault()}
      onKeyDown={(e) => {
        if (e.key !== 'Enter' && e.key !== ' ') return
        e.preventDefault()
        if (!e.repeat) start()
      }}
      onKeyUp={stop}
      onBlur={stop}
      onClick={() => {
        if (!touched.current && !asleep) onAsk()
        touched.current = false
      }}
    >
      <span className={classes['label']}>{children}</span>
    </Button>
  )
}
