/**
 * Text of an agent or a service, made so that it can't pretend to be something else on the screen: control
 * characters and direction marks (Unicode's "Trojan source" set) become visible names. Line breaks and tabs stay.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones to show
const hidden = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g

export const visible = (text: string): string =>
  text.replace(hidden, (c) => `⟦U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`)
