import { SegmentedControl, Text, Textarea } from '@mantine/core'
import type { Json } from '@permission-slip/protocol/json.ts'
import { useState } from 'react'
import type { Choice, Effect, ParamDraft } from './draft.ts'
import classes from './param-choice.module.css'

interface Props {
  name: string
  code: boolean
  effect: Effect
  draft: ParamDraft
  onChange(draft: ParamDraft): void
  onInvalid(): void
}

const asText = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))
/** Text stays text; what reads as another JSON value than text becomes that, as long as it was one before. */
function asValue(text: string, before: Json): Json | undefined {
  if (typeof before === 'string' || before === null) return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the rule says of one parameter. */
export function ParamChoice({ name, code, effect, draft, onChange, onInvalid }: Props) {
  const [text, setText] = useState(() => asText(draft.value ?? ''))
  const [wrong, setWrong] = useState(false)
  const unnamed = effect === 'allow' ? 'Left out' : 'Not looked at'
  const data: { value: Choice; label: string }[] = [
    { value: 'exactly', label: 'Exactly' },
    { value: 'anything', label: 'Anything' },
    { value: 'unnamed', label: unnamed },
  ]
  return (
    <fieldset className={classes['param']}>
      <legend>{name}</legend>
      <SegmentedControl
        size="xs"
        aria-label={`What the rule says of ${name}`}
        data={data}
        value={draft.choice}
        onChange={(v) => onChange({ choice: data.find((d) => d.value === v)?.value ?? 'exactly', value: draft.value })}
      />
      {draft.choice === 'exactly' ? (
        <Textarea
          aria-label={`Value of ${name}`}
          autosize
          minRows={1}
          maxRows={8}
          spellCheck={false}
          value={text}
          error={wrong ? 'Expected JSON' : null}
          onChange={(e) => {
            setText(e.currentTarget.value)
            const value = asValue(e.currentTarget.value, draft.value)
            setWrong(value === undefined)
            if (value === undefined) onInvalid()
            else onChange({ choice: 'exactly', value })
          }}
        />
      ) : null}
      {draft.choice === 'anything' && code && effect === 'allow' ? (
        <Text fz="sm" c="var(--mantine-color-error)">
          This is code: anything means that the agent may run whatever it likes with this account.
        </Text>
      ) : null}
    </fieldset>
  )
}
