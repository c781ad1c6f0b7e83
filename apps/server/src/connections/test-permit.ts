/** What lets a connection's own check open its credential and send one request. */
export class ConnectionTest {
  readonly #row: { connection: string; connector: string }

  private constructor(row: { connection: string; connector: string }) {
    this.#row = row
  }

  /** Called by `connections/test.ts` alone: a test of the source tree holds that. */
  static permit(row: { connection: string; connector: string }): ConnectionTest {
    return new ConnectionTest(row)
  }
  /** True of real ones only: a cast or a copy has no private field. */
  static is(x: unknown): x is ConnectionTest {
    return typeof x === 'object' && x !== null && #row in x
  }

  get action(): null {
    return null
  }
  get connector(): string {
    return this.#row.connector
  }
  get connection(): string {
    return this.#row.connection
  }
}
