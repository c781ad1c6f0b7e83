export interface FileRow {
  id: string
  /** The agent (`agt_`) or person (`usr_`) who brought it. */
  owner: string
  name: string
  type: string
  size: number
  sha256: string
  created_at: number
}
/** The notebook: pages kept by this server. */
export interface NotebookPageRow {
  name: string
  body: string
  version: number
  updated_at: number
}
/** Which action did what to the notebook, in the same transaction: the notebook's probe. */
export interface NotebookOpRow {
  action: string
  result: string
  at: number
}
