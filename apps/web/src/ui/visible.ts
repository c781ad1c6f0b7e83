/**
 * Text of an agent or a service, made so that it can't pretend to be something else on the screen: control and format
 * characters (direction marks, zero widths: Unicode's categories Cc, Cf, Zl, Zp) become visible names. Line breaks and
 * tabs stay.
 */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

export const visible = (text: string): string =>
  text.replace(hidden, (c) => `⟦U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`)
