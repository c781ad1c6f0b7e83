import { Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { Link, useRouterState } from '@tanstack/react-router'
import classes from './nav.module.css'
import { places } from './places.ts'

function useHere(): (to: string) => boolean {
  const path = useRouterState({ select: (s) => s.location.pathname })
  return (to) => (to === '/' ? path === '/' || path.startsWith('/a/') : path === to || path.startsWith(`${to}/`))
}

function Waiting({ count }: { count: number }) {
  if (count === 0) return null
  return (
    <span className={classes['count']}>
      <span aria-hidden>{count > 99 ? '99+' : count}</span>
      <span className="ps-hidden">, {count} waiting</span>
    </span>
  )
}

/** Navigation at the side of wide windows. */
export function SideNav({ waiting }: { waiting: number }) {
  const here = useHere()
  return (
    <nav className={classes['side']} aria-label="Pages">
      {places.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={classes['item']} aria-current={here(to) ? 'page' : undefined}>
          <Icon size={20} stroke={1.7} aria-hidden />
          <span className={classes['label']}>{label}</span>
          {to === '/' ? <Waiting count={waiting} /> : null}
        </Link>
      ))}
    </nav>
  )
}

/** Navigation at the bottom of a phone. */
export function BottomNav({ waiting }: { waiting: number }) {
  const here = useHere()
  const rest = places.filter((p) => !p.bottom)
  return (
    <nav className={classes['bottom']} aria-label="Pages">
      {places
        .filter((p) => p.bottom)
        .map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} className={classes['tab']} aria-current={here(to) ? 'page' : undefined}>
            <Icon size={22} stroke={1.7} aria-hidden />
            <span>{label}</span>
            {to === '/' ? <Waiting count={waiting} /> : null}
          </Link>
        ))}
      <Menu position="top-end" shadow="md" width={200}>
        <Menu.Target>
          <button type="button" className={classes['tab']} data-current={rest.some((p) => here(p.to)) || undefined}>
            <IconDots size={22} stroke={1.7} aria-hidden />
            <span>More</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {rest.map(({ to, label, icon: Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} aria-hidden />}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  )
}
