import { useHotkeys } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { useLive } from '../../live.ts'
import { approvalsQuery } from '../../queries.ts'
import type { MyPerson } from '../../types.ts'
import { InsecureNotice } from '../../ui/insecure-notice.tsx'
import { ClockProvider } from '../../ui/time.tsx'
import { useApi } from '../../wiring.tsx'
import { AccountMenu } from './account-menu.tsx'
import { FreezeButton, FrozenNotice } from './freeze.tsx'
import { BottomNav, SideNav } from './nav.tsx'
import { SearchAll } from './search-all.tsx'
import classes from './shell.module.css'
import { Shortcuts } from './shortcuts.tsx'

/** The search field of the page, if it has one; otherwise everything. */
function search() {
  const field = document.querySelector<HTMLInputElement>('[data-page-search]')
  if (field) field.focus()
  else spotlight.open()
}

export function Shell({ me }: { me: MyPerson }) {
  const live = useLive()
  const [help, setHelp] = useState(false)
  const waiting = useQuery(approvalsQuery(useApi())).data?.items.length ?? 0
  const deciding = useRouterState({ select: (s) => s.location.pathname.startsWith('/a/') })
  useHotkeys([
    ['/', search],
    ['?', () => setHelp(true)],
    ['shift+?', () => setHelp(true)],
    ['shift+/', () => setHelp(true)],
  ])
  return (
    <ClockProvider>
      <div className={classes['shell']} data-deciding={deciding || undefined}>
        <a href="#content" className={classes['skip']}>
          Skip to content
        </a>
        <header className={classes['header']}>
          <Link to="/" className={classes['brand']} aria-label="Permission Slip">
            <img src="/icon.svg" width={26} height={26} alt="" />
            <span>Permission Slip</span>
          </Link>
          <span className={classes['live']} data-live={live} role="status">
            {live === 'live' ? 'Live' : 'Connecting'}
          </span>
          <button type="button" className={classes['find']} onClick={spotlight.open}>
            <IconSearch size={16} aria-hidden /> Search <kbd>Ctrl K</kbd>
          </button>
          <FreezeButton />
          <AccountMenu me={me} onHelp={() => setHelp(true)} onSearch={spotlight.open} />
        </header>
        <div className={classes['side']}>
          <SideNav waiting={waiting} />
        </div>
        <main id="content" className={classes['main']} tabIndex={-1}>
          <InsecureNotice />
          <FrozenNotice />
          <Outlet />
        </main>
        <div className={classes['bottom']}>
          <BottomNav waiting={waiting} />
        </div>
        <SearchAll />
        <Shortcuts opened={help} onClose={() => setHelp(false)} />
      </div>
    </ClockProvider>
  )
}
