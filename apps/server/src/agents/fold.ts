/** Letters of other scripts that are drawn like Latin ones, and digits like letters: enough to keep names apart. */
const alike: Record<string, string> = {
  а: 'a',
  в: 'b',
  е: 'e',
  ѕ: 's',
  і: 'i',
  ј: 'j',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  ѵ: 'v',
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'n',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  γ: 'y',
  ω: 'w',
  μ: 'u',
  ı: 'i',
  ɡ: 'g',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '5': 's',
  '|': 'l',
  '!': 'l',
  '@': 'a',
  $: 's',
  ɑ: 'a',
  ɪ: 'i',
  ӏ: 'l',
  ʀ: 'r',
  ᴏ: 'o',
  օ: 'o',
  ո: 'n',
  ս: 'u',
  հ: 'h',
}

/** A name after compatibility, case, accents, spacing and look-alikes: two names that fold alike would be mistaken. */
export function foldName(name: string): string {
  // Some letters are drawn as nothing (U+3164, the Hangul filler): they tell no names apart.
  const shown = name.normalize('NFKC').replace(/[\p{Default_Ignorable_Code_Point}\u2800]/gu, '')
  const plain = shown.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  const folded = [...plain].map((c) => alike[c] ?? c).join('')
  // Latin I and l, and the pairs that read as one letter.
  const pairs = folded.replace(/rn/g, 'm').replace(/vv/g, 'w').replace(/i/g, 'l')
  return pairs.replace(/[^\p{L}\p{N}]/gu, '') || shown.replace(/[\p{C}\p{Z}]/gu, '') || 'nothing'
}
