import refused from './refused-environment.json'

/**
 * Variables that put other code into this process or switch certificate checks off. The launcher looks as well, before
 * the runtime starts, since `BUN_OPTIONS` has done its work by the time we can see it.
 */
export function refusedVariable(env: Readonly<Record<string, string | undefined>>): string | null {
  return refused.find((name) => env[name] !== undefined) ?? null
}

export const refusalOf = (name: string): string =>
  `permission-slip does not run with ${name} set: it changes what this program is, or whom it trusts. Unset it.`
