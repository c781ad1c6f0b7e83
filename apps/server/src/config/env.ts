/** The only reader of the environment. Everything else gets a `Config`. */
export const readEnvironment = (): Record<string, string | undefined> => ({ ...process.env })
