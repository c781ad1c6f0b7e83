/**
 * The per-session secret that proves a change comes from this origin: a cookie on plain localhost is shared by every
 * port, this is not. Kept in both storages, so that a new tab has it and a browser that empties one keeps the other.
 */
const name = 'permission-slip-session'

export interface SessionSecret {
  read(): string | null
  write(secret: string): void
  clear(): void
}

export function sessionSecret(stores: Storage[] = [sessionStorage, localStorage]): SessionSecret {
  return {
    read: () => stores.map((s) => s.getItem(name)).find((v) => v !== null) ?? null,
    write: (secret) => stores.forEach((s) => s.setItem(name, secret)),
    clear: () => stores.forEach((s) => s.removeItem(name)),
  }
}
