import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { HighRiskTokens } from '../features/settings/high-risk-tokens.tsx'
import { Password } from '../features/settings/password.tsx'
import { Tokens } from '../features/settings/tokens.tsx'
import { Totp } from '../features/settings/totp.tsx'
import { FreezeButton, FrozenNotice } from '../features/shell/freeze.tsx'
import { peopleQuery, sessionQuery, settingsQuery } from '../queries.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import rows from '../ui/rows.module.css'
import { Section } from '../ui/section.tsx'
import { Tag } from '../ui/tag.tsx'
import { useApi } from '../wiring.tsx'

export function SettingsPage() {
  const api = useApi()
  const me = useQuery(sessionQuery(api)).data?.me
  const people = useQuery(peopleQuery(api))
  const settings = useQuery(settingsQuery(api))
  return (
    <Page title="Settings" lead={me?.kind === 'person' ? `${me.name}, ${me.email}` : null}>
      <Section title="Stop everything" lead="No agent can submit, nothing starts, until a person lifts it.">
        <FreezeButton />
        {settings.data?.frozen ? <FrozenNotice /> : null}
      </Section>
      <Section title="People">
        <Loaded query={people}>
          {(all) => (
            <ul className={rows['list']}>
              {all.map((p) => (
                <li key={p.id} className={rows['row']}>
                  <span className={rows['what']}>
                    <strong>{p.name}</strong>
                    <span className={rows['more']}>
                      {p.email} · second factor {p.totp ? 'on' : 'off'}
                    </span>
                  </span>
                  <Tag>{p.role}</Tag>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <Section title="Second factor">
        <Totp on={me?.kind === 'person' && me.totp} />
      </Section>
      <Section title="Password">
        <Password />
      </Section>
      <Section title="Personal tokens" lead="For scripts and the command line, in your name.">
        <Tokens />
        {settings.data ? <HighRiskTokens on={settings.data.tokens_decide_high_risk} /> : null}
      </Section>
      <Section title="About">
        <Loaded query={settings}>
          {(s) => (
            <>
              <Text fz="sm">
                Permission Slip at <code>{s.public_url}</code>, log <code>{s.log_origin}</code>.
              </Text>
              {s.clock_problem ? (
                <Text fz="sm" c="var(--mantine-color-error)">
                  {s.clock_problem}
                </Text>
              ) : null}
              <Text fz="sm" mt="xs">
                <a href="/openapi.json">API description</a>
              </Text>
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  )
}
