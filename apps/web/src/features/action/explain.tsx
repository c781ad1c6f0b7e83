import { List, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { explainQuery } from '../../queries.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Tag } from '../../ui/tag.tsx'
import { useApi } from '../../wiring.tsx'

/** Which rules were looked at, and why each did or did not match. */
export function Explain({ id }: { id: string }) {
  const query = useQuery(explainQuery(useApi(), id))
  return (
    <Loaded query={query}>
      {(explanation) => (
        <>
          <Text fz="sm">{explanation.say}</Text>
          {explanation.rules.length > 0 ? (
            <List spacing={6} mt="xs" fz="sm" listStyleType="none">
              {explanation.rules.map((r) => (
                <List.Item key={r.rule}>
                  <Tag tone={r.matched ? 'info' : 'neutral'}>{r.matched ? 'matched' : 'no match'}</Tag>{' '}
                  <strong>{r.name}</strong> ({r.effect}): {r.why}
                </List.Item>
              ))}
            </List>
          ) : null}
        </>
      )}
    </Loaded>
  )
}
