import {
  IconBook2,
  IconHistory,
  IconInbox,
  IconListCheck,
  IconNotebook,
  IconPlugConnected,
  IconRobot,
  IconSettings,
} from '@tabler/icons-react'

/** The pages that the navigation shows, in order; `bottom` ones stand in the phone's bar, the rest under More. */
export const places = [
  { to: '/', label: 'Inbox', icon: IconInbox, bottom: true },
  { to: '/activity', label: 'Activity', icon: IconHistory, bottom: true },
  { to: '/agents', label: 'Agents', icon: IconRobot, bottom: true },
  { to: '/connections', label: 'Connections', icon: IconPlugConnected, bottom: true },
  { to: '/rules', label: 'Rules', icon: IconListCheck, bottom: false },
  { to: '/notebook', label: 'Notebook', icon: IconNotebook, bottom: false },
  { to: '/log', label: 'Log', icon: IconBook2, bottom: false },
  { to: '/settings', label: 'Settings', icon: IconSettings, bottom: false },
] as const
