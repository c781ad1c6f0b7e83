import { Accordion, List, Text } from '@mantine/core'
import { useState } from 'react'
import type { Looked } from '../../queries.ts'
import { JsonText } from '../../ui/json-text.tsx'
import { TextLink } from '../../ui/links.tsx'
import { sayWhen } from '../../ui/time.tsx'
import { ExactRequests } from './exact-requests.tsx'
import { Explain } from './explain.tsx'

function undoSays(undo: string | null): string | null {
  if (undo === null) return null
  return undo === 'irreversible' ? 'This can not be undone.' : `It can be undone: ${undo}.`
}

/** Everything else there is to know, folded. What a person must know stands open. */
export function LookCloser({ shown }: { shown: Looked }) {
  const [open, setOpen] = useState<string[]>([])
  const undo = undoSays(shown.undo ?? null)
  const notes = [...(shown.notes ?? []), ...(undo ? [undo] : [])]
  const section = (name: string, title: string, body: () => React.ReactNode) => (
    <Accordion.Item value={name}>
      <Accordion.Control>{title}</Accordion.Control>
      <Accordion.Panel>{open.includes(name) ? body() : null}</Accordion.Panel>
    </Accordion.Item>
  )
  return (
    <div>
      {notes.length > 0 ? (
        <List fz="sm" spacing={2} mb="sm">
          {notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      ) : null}
      <Accordion multiple variant="separated" value={open} onChange={setOpen} order={2}>
        {section('all', 'Every parameter, as sent', () => (
          <JsonText value={shown.executed_params ?? shown.params} label="Parameters" />
        ))}
        {shown.requests
          ? section('requests', shown.requests.length > 1 ? 'The exact requests' : 'The exact request', () => (
              <ExactRequests requests={shown.requests ?? []} />
            ))
          : null}
        {section('explain', 'Which rules were looked at', () => (
          <Explain id={shown.id} />
        ))}
        {section('proof', 'Identity and proof', () => (
          <Text component="div" fz="sm">
            <JsonText
              label="Identity"
              value={[
                `action      ${shown.id}`,
                `digest      ${shown.digest}`,
                `connector   ${shown.connector}.${shown.action} (${shown.connector_version.slice(0, 16)})`,
                `connection  ${shown.connection ?? 'none'}${shown.connection_revision === null ? '' : `, revision ${shown.connection_revision}`}`,
                `asked       ${sayWhen(shown.created_at)}`,
                `expires     ${shown.expires_at ? sayWhen(shown.expires_at) : 'never'}`,
                ...(shown.retry_of ? [`retry of    ${shown.retry_of}`] : []),
              ].join('\n')}
            />
            <a href={`/api/v1/log/proof/${shown.id}`} download={`${shown.id}-proof.json`}>
              Proof from the log
            </a>
            {shown.retry_of ? (
              <>
                {' · '}
                <TextLink to="/activity/$id" params={{ id: shown.retry_of }}>
                  The first try
                </TextLink>
              </>
            ) : null}
          </Text>
        ))}
      </Accordion>
    </div>
  )
}
