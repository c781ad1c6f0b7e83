/** How many bytes at the start are UTF-8; all of them if only the last character is cut off. Slow: for a refusal. */
export function utf8Length(bytes: Uint8Array): number {
  const good = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true })
      return true
    } catch {
      return false
    }
  }
  let most = 0
  for (let bad = bytes.length + 1; bad - most > 1; ) {
    const middle = Math.floor((most + bad) / 2)
    if (good(middle)) most = middle
    else bad = middle
  }
  return most
}
