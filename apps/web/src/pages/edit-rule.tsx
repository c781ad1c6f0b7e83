import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { sayProblem, useChange } from '../change.ts'
import { draftOf, type ruleBody } from '../features/rules/draft.ts'
import { RuleForm } from '../features/rules/rule-form.tsx'
import { rulesQuery } from '../queries.ts'
import { Card } from '../ui/card.tsx'
import { TextLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { useApi } from '../wiring.tsx'
import { Lost } from './lost.tsx'

const route = getRouteApi('/inside/rules/$id')

export function EditRulePage() {
  const { id } = route.useParams()
  const api = useApi()
  const navigate = useNavigate()
  const rules = useQuery(rulesQuery(api))
  const save = useChange(
    ({ connector: _, action: __, ...body }: ReturnType<typeof ruleBody>) => api.send('PATCH', `rules/${id}`, body),
    { touches: ['rules'], notify: false, done: () => navigate({ to: '/rules' }) },
  )
  return (
    <Loaded query={rules}>
      {(all) => {
        const rule = all.find((r) => r.id === id)
        if (!rule) return <Lost />
        return (
          <Page
            title="Edit rule"
            lead={`Version ${rule.version}. A change makes a new version.`}
            actions={<TextLink to="/rules">All rules</TextLink>}
          >
            <Card>
              <RuleForm
                key={rule.id}
                start={draftOf(rule)}
                fixed
                busy={save.isPending}
                problem={save.error ? sayProblem(save.error) : null}
                submit="Save"
                onSubmit={save.mutate}
              />
            </Card>
          </Page>
        )
      }}
    </Loaded>
  )
}
