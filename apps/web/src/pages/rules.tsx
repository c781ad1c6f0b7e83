import { IconListCheck, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { RuleRow } from '../features/rules/rule-row.tsx'
import { agentsQuery, rulesQuery } from '../queries.ts'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import rows from '../ui/rows.module.css'
import { useApi } from '../wiring.tsx'

export function RulesPage() {
  const api = useApi()
  const rules = useQuery(rulesQuery(api))
  const agents = useQuery(agentsQuery(api)).data ?? []
  return (
    <Page
      title="Rules"
      lead="Where no rule matches, you are asked. A deny rule always wins."
      actions={
        <ButtonLink to="/rules/new" leftSection={<IconPlus size={18} aria-hidden />}>
          New rule
        </ButtonLink>
      }
    >
      <Loaded query={rules}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconListCheck size={36} aria-hidden />} title="No rules: you decide everything">
              When you see the same request again and again, choose “Always allow…” on it.
            </Empty>
          ) : (
            <ul className={rows['list']}>
              {all.map((rule) => (
                <RuleRow key={rule.id} rule={rule} agentName={(id) => agents.find((a) => a.id === id)?.name ?? id} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  )
}
