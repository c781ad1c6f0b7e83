import { Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { IconBolt, IconRobot, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { agentsQuery, approvalsQuery, connectionsQuery } from '../../queries.ts'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { useApi } from '../../wiring.tsx'
import { places } from './places.ts'

/** Ctrl K: pages, waiting actions, agents and connections by name. */
export function SearchAll() {
  const api = useApi()
  const navigate = useNavigate()
  const waiting = useQuery(approvalsQuery(api)).data?.items ?? []
  const agents = useQuery({ ...agentsQuery(api), staleTime: 60_000 }).data ?? []
  const connections = useQuery({ ...connectionsQuery(api), staleTime: 60_000 }).data ?? []
  const group = (name: string, actions: SpotlightActionData[]) => ({ group: name, actions })
  return (
    <Spotlight
      shortcut={['mod + K']}
      nothingFound="Nothing found"
      highlightQuery
      limit={30}
      searchProps={{
        'aria-label': 'Search everything',
        placeholder: 'Go to a page, an action, an agent …',
        leftSection: <IconSearch size={20} />,
      }}
      actions={[
        group(
          'Pages',
          places.map(({ to, label, icon: Icon }) => ({
            id: to,
            label,
            leftSection: <Icon size={20} />,
            onClick: () => navigate({ to }),
          })),
        ),
        group(
          'Waiting',
          waiting.map((a) => ({
            id: a.id,
            label: a.summary.text,
            description: `${a.agent_name} · ${a.title}`,
            leftSection: <IconBolt size={20} />,
            onClick: () => navigate({ to: '/a/$id', params: { id: a.id } }),
          })),
        ),
        group(
          'Agents',
          agents.map((a) => ({
            id: a.id,
            label: a.name,
            description: a.status,
            leftSection: <IconRobot size={20} />,
            onClick: () => navigate({ to: '/agents/$id', params: { id: a.id } }),
          })),
        ),
        group(
          'Connections',
          connections.map((c) => ({
            id: c.id,
            label: c.label,
            description: c.connector,
            leftSection: <ServiceLogo connector={c.connector} />,
            onClick: () => navigate({ to: '/connections/$id', params: { id: c.id } }),
          })),
        ),
      ]}
    />
  )
}
