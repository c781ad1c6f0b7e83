import { Refusal } from '@permission-slip/protocol/errors.ts'

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256

/** Which tile: of hashes at `level` (in steps of 256 subtrees), or the bundle of entries under a tile of level 0. */
export interface TileRef {
  level: number | 'entries'
  index: number
  /** 256, or less for a partial tile. */
  width: number
}

/** `0/x001/x234/067`, `entries/000.p/12`: what stands behind `tile/`. */
export function tilePath({ level, index, width }: TileRef): string {
  const groups: string[] = []
  let rest = index
  do {
    groups.unshift(`${groups.length === 0 ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`)
    rest = Math.floor(rest / 1000)
  } while (rest > 0)
  return `${level}/${groups.join('/')}${width === tileWidth ? '' : `.p/${width}`}`
}

/** Reads what stands behind `tile/`. Only the one right spelling of a tile is taken. */
export function parseTilePath(path: string): TileRef {
  const [, level = '', groups = '', width] =
    /^(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? []
  const ref: TileRef = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  const right = groups !== '' && (ref.level === 'entries' || ref.level <= 63) && tilePath(ref) === path
  if (right) return ref
  const expected = '<level 0 to 63, or entries>/<index in groups of three digits>[.p/<1 to 255>]'
  const fields = [{ field: 'tile', expected, got: path.slice(0, 80) }]
  throw new Refusal('not_found', `tile: expected ${expected}, got \`${path.slice(0, 80)}\`.`, { fields })
}
