/** A JSON value (RFC 8259). Objects have no prototype surprises: `__proto__` is refused when parsing. */
export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}
