/** A setting that can't be read: the server says which and does not start. */
export class ConfigError extends Error {
  readonly variable: string
  constructor(variable: string, expected: string) {
    super(`${variable}: expected ${expected}`)
    this.name = 'ConfigError'
    this.variable = variable
  }
}
