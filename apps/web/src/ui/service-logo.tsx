import { IconHash, IconNotebook, IconPlug, IconWebhook } from '@tabler/icons-react'
import { siGithub, siMysql, siPostgresql, siRedis, siStripe } from 'simple-icons'
import classes from './service-logo.module.css'

const logos: Record<string, { path: string; hex: string }> = {
  github: siGithub,
  mysql: siMysql,
  postgres: siPostgresql,
  redis: siRedis,
  stripe: siStripe,
}
const own: Record<string, typeof IconPlug> = { notebook: IconNotebook, slack: IconHash, webhook: IconWebhook }

/** A service's mark in its own colour; beside its name, so it says nothing to a screen reader. */
export function ServiceLogo({ connector, size = 20 }: { connector: string; size?: number }) {
  const logo = logos[connector]
  const Icon = own[connector] ?? IconPlug
  return (
    <span className={classes['tile']} aria-hidden>
      {logo ? (
        <svg width={size} height={size} viewBox="0 0 24 24" role="presentation">
          <path d={logo.path} fill={`#${logo.hex}`} />
        </svg>
      ) : (
        <Icon size={size} color="#364fc7" />
      )}
    </span>
  )
}
