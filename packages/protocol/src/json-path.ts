/** A text short enough to be shown in a message. */
export const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/** `params.a[3]`; keys that are no plain names are quoted; `$` is the whole document. */
export function jsonPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += text === '' ? `$[${part}]` : `[${part}]`
    else if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(part))
      text += `${text === '' ? '$' : ''}[${JSON.stringify(cut(part))}]`
    else text += text === '' ? part : `.${part}`
  }
  return text === '' ? '$' : text
}
