import type { Agent } from '@permission-slip/protocol/agent.ts'
import type { Tone } from '../../ui/tag.tsx'

export const agentStatusWords: Record<Agent['status'], { word: string; tone: Tone }> = {
  unconfirmed: { word: 'To confirm', tone: 'medium' },
  active: { word: 'Active', tone: 'low' },
  paused: { word: 'Paused', tone: 'neutral' },
  revoked: { word: 'Revoked', tone: 'high' },
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
export const ordinal = (n: number): string => ordinals[n - 1] ?? `${n}th`
