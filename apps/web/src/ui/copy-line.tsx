import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { copy } from './copy.ts'
import classes from './copy-line.module.css'

/** A line to paste elsewhere, with a button that copies it. `what` names it for screen readers. */
export function CopyLine({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <div className={classes['line']}>
      <code className={classes['text']}>{text}</code>
      <Tooltip label={copied ? 'Copied' : 'Copy'}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
          onClick={async () => setCopied(await copy(text))}
        >
          {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
