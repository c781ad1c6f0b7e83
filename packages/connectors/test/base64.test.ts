import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { fromBase64, toBase64 } from '../kit/base64.ts'

test('bytes come back from base64 unchanged, whatever their number, and read as others write it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = toBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(text)).toEqual(bytes)
    }),
  )
  const long = new Uint8Array(100_001).map((_, i) => i % 251)
  expect(toBase64(long)).toBe(Buffer.from(long).toString('base64'))
  expect(Buffer.from(fromBase64('aGVs\nbG8=\n')).toString()).toBe('hello')
  expect(() => fromBase64('a*b')).toThrow()
})
