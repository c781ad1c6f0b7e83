/** One thing that was looked at. `note` is worth knowing and needs nothing; `wrong` has to be mended. */
export interface Finding {
  /** What was looked at: `keys`, `database`, … */
  readonly check: string
  readonly state: 'well' | 'note' | 'wrong'
  readonly say: string
  /** What to do about it; null where nothing is to be done. */
  readonly mend: string | null
}

export const well = (check: string, say: string): Finding => ({ check, state: 'well', say, mend: null })
export const note = (check: string, say: string, mend: string | null = null): Finding => ({
  check,
  state: 'note',
  say,
  mend,
})
export const wrong = (check: string, say: string, mend: string): Finding => ({ check, state: 'wrong', say, mend })
