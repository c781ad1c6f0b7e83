import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { Tone } from '../../ui/tag.tsx'

export function connectionTone(c: Connection): { word: string; tone: Tone } {
  if (c.status === 'paused') return { word: 'Paused', tone: 'neutral' }
  if (c.status === 'removed') return { word: 'Removed', tone: 'neutral' }
  if (c.status === 'needs_attention' || c.check?.ok === false) return { word: 'Needs attention', tone: 'high' }
  if ((c.check?.warnings.length ?? 0) > 0) return { word: 'Works, with warnings', tone: 'medium' }
  return c.check ? { word: 'Works', tone: 'low' } : { word: 'Not tested', tone: 'neutral' }
}
