import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import {
  IconDeviceDesktop,
  IconHelp,
  IconLogout,
  IconMoon,
  IconRocket,
  IconSearch,
  IconSettings,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useChange } from '../../change.ts'
import type { MyPerson } from '../../types.ts'
import { useWiring } from '../../wiring.tsx'

const schemes = [
  { value: 'light', label: 'Light', icon: IconSun },
  { value: 'dark', label: 'Dark', icon: IconMoon },
  { value: 'auto', label: 'As the system', icon: IconDeviceDesktop },
] as const

interface Props {
  me: MyPerson
  onHelp(): void
  onSearch(): void
}
export function AccountMenu({ me, onHelp, onSearch }: Props) {
  const { api, secret } = useWiring()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = useChange(() => api.send('DELETE', 'session'), {
    touches: [],
    done: () => {
      secret.clear()
      client.clear()
      location.assign('/')
    },
  })
  return (
    <Menu position="bottom-end" shadow="md" width={230}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Account of ${me.name}`}>
          <IconUserCircle size={24} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name} · {me.role}
        </Menu.Label>
        <Menu.Item leftSection={<IconSearch size={18} />} onClick={onSearch}>
          Search everything
        </Menu.Item>
        <Menu.Item leftSection={<IconHelp size={18} />} onClick={onHelp}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item leftSection={<IconRocket size={18} />} onClick={() => navigate({ to: '/welcome' })}>
          First action
        </Menu.Item>
        <Menu.Item leftSection={<IconSettings size={18} />} onClick={() => navigate({ to: '/settings' })}>
          Settings
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {schemes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={18} />}
            rightSection={colorScheme === value ? '✓' : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => signOut.mutate(undefined)}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
