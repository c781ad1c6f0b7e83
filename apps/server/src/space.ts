import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Context } from './context.ts'

/** Below this many free bytes nothing new is taken; what is decided, paused or settled still is. */
export const reserve = 200 * 1024 * 1024

/** Bytes that may still be written in this folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder)
  return Number(bavail) * Number(bsize)
}

/** @throws Refusal `disk_full` */
export function guardSpace(ctx: Pick<Context, 'freeSpace'>): void {
  const free = ctx.freeSpace()
  if (free < reserve)
    throw new Refusal(
      'disk_full',
      `${Math.floor(free / 1_048_576)} MB are free; new requests need ${reserve / 1_048_576} MB.`,
    )
}
