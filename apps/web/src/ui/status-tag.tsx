import type { Risk } from '@permission-slip/protocol/action.ts'
import type { Status } from '@permission-slip/protocol/states.ts'
import { IconAlertTriangle, IconFlame, IconLeaf } from '@tabler/icons-react'
import { Tag, type Tone } from './tag.tsx'

export const statusWords: Record<Status, { word: string; tone: Tone }> = {
  pending: { word: 'Waiting', tone: 'info' },
  approved: { word: 'Approved', tone: 'info' },
  denied: { word: 'Denied', tone: 'high' },
  cancelled: { word: 'Cancelled', tone: 'neutral' },
  expired: { word: 'Expired', tone: 'neutral' },
  executing: { word: 'Running', tone: 'info' },
  succeeded: { word: 'Succeeded', tone: 'low' },
  failed: { word: 'Failed', tone: 'high' },
  unknown: { word: 'Unknown', tone: 'medium' },
}

export function StatusTag({ status }: { status: Status }) {
  const { word, tone } = statusWords[status]
  return <Tag tone={tone}>{word}</Tag>
}

const riskIcons = { low: IconLeaf, medium: IconAlertTriangle, high: IconFlame }
export function RiskTag({ risk }: { risk: Risk }) {
  const Icon = riskIcons[risk]
  return (
    <Tag tone={risk}>
      <Icon size={14} aria-hidden /> {risk[0]?.toUpperCase()}
      {risk.slice(1)} risk
    </Tag>
  )
}
