import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Context } from './context.ts'

/** Below this many free bytes nothing new is taken; what is decided, paused or settled still is. */
export const reserve = 200 * 1024 * 1024

/** @throws Refusal `disk_full` */
export function guardSpace(ctx: Pick<Context, 'dataDir'>): void {
  const { bavail, bsize } = fs.statfsSync(ctx.dataDir.path)
  const free = Number(bavail) * Number(bsize)
  if (free < reserve) throw new Refusal('disk_full', `${Math.floor(free / 1_048_576)} MB are free; new requests need ${reserve / 1_048_576} MB.`)
}
