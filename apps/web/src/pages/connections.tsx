import { SimpleGrid, Stack, TextInput } from '@mantine/core'
import { IconPlugConnected, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { connectionTone } from '../features/connections/connection-words.ts'
import { connectionsQuery, connectorsQuery } from '../queries.ts'
import { Empty } from '../ui/empty.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import rows from '../ui/rows.module.css'
import { ServiceLogo } from '../ui/service-logo.tsx'
import { Tag } from '../ui/tag.tsx'
import { useApi } from '../wiring.tsx'
import classes from './connections.module.css'

/** Accounts that are connected, and the catalogue of what can be. */
export function ConnectionsPage() {
  const api = useApi()
  const connections = useQuery(connectionsQuery(api))
  const connectors = useQuery(connectorsQuery(api))
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const found = (connectors.data ?? []).filter((c) =>
    [c.id, c.name, c.family ?? '', c.description].some((t) => t.toLowerCase().includes(wanted)),
  )
  const nameOf = (id: string) => connectors.data?.find((c) => c.id === id)?.name ?? id
  return (
    <Page title="Connections" lead="Accounts that the server may use. Agents never see a credential.">
      <Loaded query={connections}>
        {(all) => {
          const live = all.filter((c) => c.status !== 'removed')
          return live.length === 0 ? null : (
            <Stack gap="xs">
              <h2 className={classes['heading']}>Connected</h2>
              <ul className={rows['list']}>
                {live.map((c) => (
                  <li key={c.id}>
                    <Link to="/connections/$id" params={{ id: c.id }} className={rows['row']}>
                      <ServiceLogo connector={c.connector} />
                      <span className={rows['what']}>
                        <strong>{c.label}</strong>
                        <span className={rows['more']}>
                          {nameOf(c.connector)}
                          {c.account_label ? ` · ${c.account_label}` : ''}
                        </span>
                      </span>
                      <Tag tone={connectionTone(c).tone}>{connectionTone(c).word}</Tag>
                    </Link>
                  </li>
                ))}
              </ul>
            </Stack>
          )
        }}
      </Loaded>
      <h2 className={classes['heading']}>Connect a service</h2>
      <TextInput
        aria-label="Search services"
        placeholder="Search services"
        data-page-search
        leftSection={<IconSearch size={18} aria-hidden />}
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
      />
      <Loaded query={connectors}>
        {() =>
          found.length === 0 ? (
            <Empty icon={<IconPlugConnected size={36} aria-hidden />} title="No service by that name" />
          ) : (
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
              {found.map((c) => {
                const open = c.auth.some((a) => a.kind !== 'none')
                const body = (
                  <>
                    <ServiceLogo connector={c.id} size={24} />
                    <span>
                      <strong>{c.name}</strong>
                      <small>{c.description}</small>
                      <small>
                        {open
                          ? new Intl.PluralRules().select(c.actions.length) === 'one'
                            ? '1 action'
                            : `${c.actions.length} actions`
                          : 'Needs no account: ready'}
                      </small>
                    </span>
                  </>
                )
                return open ? (
                  <Link
                    key={c.id}
                    to="/connections/new/$connector"
                    params={{ connector: c.id }}
                    className={classes['tile']}
                  >
                    {body}
                  </Link>
                ) : (
                  <div key={c.id} className={classes['tile']}>
                    {body}
                  </div>
                )
              })}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Page>
  )
}
