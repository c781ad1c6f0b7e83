import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { sayProblem, useChange } from '../change.ts'
import { type Draft, draftFrom, emptyDraft, type ruleBody } from '../features/rules/draft.ts'
import { RuleForm } from '../features/rules/rule-form.tsx'
import { actionQuery } from '../queries.ts'
import { Card } from '../ui/card.tsx'
import { TextLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { useApi } from '../wiring.tsx'

const route = getRouteApi('/inside/rules/new')

function Form({ start, from }: { start: Draft; from: string | undefined }) {
  const api = useApi()
  const navigate = useNavigate()
  const add = useChange((body: ReturnType<typeof ruleBody>) => api.send('POST', 'rules', body), {
    touches: ['rules'],
    notify: false,
    done: () => (from ? navigate({ to: '/a/$id', params: { id: from } }) : navigate({ to: '/rules' })),
  })
  return (
    <RuleForm
      start={start}
      fixed={from !== undefined}
      busy={add.isPending}
      problem={add.error ? sayProblem(add.error) : null}
      submit="Add the rule"
      onSubmit={add.mutate}
    />
  )
}

export function NewRulePage() {
  const { from } = route.useSearch()
  const query = useQuery({ ...actionQuery(useApi(), from ?? ''), enabled: from !== undefined })
  return (
    <Page
      title={from ? 'Always allow this?' : 'New rule'}
      lead={
        from
          ? 'Filled in from the action, as narrow as it can be. The action itself still waits for your decision.'
          : 'Lets an action through, refuses it, or always asks.'
      }
      actions={<TextLink to="/rules">All rules</TextLink>}
    >
      <Card>
        {from ? (
          <Loaded query={query}>{(action) => <Form start={draftFrom(action)} from={from} />}</Loaded>
        ) : (
          <Form start={emptyDraft()} from={undefined} />
        )}
      </Card>
    </Page>
  )
}
