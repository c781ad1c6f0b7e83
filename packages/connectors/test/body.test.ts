import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { form, json, multipart } from '../kit/body.ts'
import { path } from '../kit/path.ts'
import { get, graphql, handoff, post, queryText } from '../kit/request.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('a form', () => {
  test('nests members and list items in brackets', () => {
    const body = form({
      amount: 500,
      metadata: { 'a&b': 'c d' },
      items: [{ price: 'p_1' }, { price: 'p_2' }],
      gone: undefined,
      unset: null,
    })
    expect(text(body.bytes)).toBe('amount=500&metadata[a%26b]=c%20d&items[0][price]=p_1&items[1][price]=p_2&unset=')
  })
  test('is read back by any parser as what went in', () => {
    const well = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(
        fc.dictionary(
          well.filter((s) => s !== ''),
          well,
          { maxKeys: 5, noNullPrototype: true },
        ),
        (members) => {
          expect([...new URLSearchParams(text(form(members).bytes))]).toEqual(Object.entries(members))
        },
      ),
    )
  })
})

describe('other bodies and queries', () => {
  test('JSON leaves out what is undefined', () => {
    expect(text(json({ a: 1, b: undefined, c: [null] }).bytes)).toBe('{"a":1,"c":[null]}')
  })
  test('multipart is read back by the platform, whatever its parts hold', async () => {
    const inside = 'a\r\n--permission-slip-0\r\ncontent-disposition: form-data; name="x"\r\n\r\nb'
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.string({ unit: 'grapheme' }), async (bytes, name) => {
        const filename = name.replace(/[\r\n\0"%\\]/g, '_') || 'f'
        const made = multipart([
          { name: 'note', value: inside },
          { name: 'file', filename, type: 'application/octet-stream', bytes },
        ])
        const read = await new Response(new Uint8Array(made.bytes), {
          headers: { 'content-type': made.type },
        }).formData()
        expect(read.get('note')).toBe(inside)
        expect(read.get('x')).toBeNull()
        const file = read.get('file')
        if (!(file instanceof Blob)) throw new Error('no file')
        expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(bytes))
      }),
      { numRuns: 50 },
    )
  })
  test('a file name can not end its header', () => {
    const made = multipart([{ name: 'f', filename: 'a"\r\nx: y', type: 'text/plain', bytes: new Uint8Array() }])
    expect(text(made.bytes)).toContain('filename="a%22%0D%0Ax: y"')
  })
  test('a query encodes, repeats lists, and leaves out what is not there', () => {
    expect(queryText({ q: 'a&b=c', tag: ['x', 'y'], page: 2, none: undefined, nil: null })).toBe(
      '?q=a%26b%3Dc&tag=x&tag=y&page=2',
    )
    expect(queryText({})).toBe('')
    expect(get(path`/x`, { query: { a: 1 } }).path).toBe('/x?a=1')
  })
  test('a GraphQL query reads, a mutation does not', () => {
    expect(graphql(path`/graphql`, '# mutation\nquery { me }').reads).toBe(true)
    expect(graphql(path`/graphql`, 'mutation M { x }').reads).toBe(false)
    expect(graphql(path`/graphql`, 'fragment F on X { a }\nmutation M { x }').reads).toBe(false)
  })
  test('a hand-off goes to its address as given', () => {
    expect(post(handoff('https://files.example/u?x=1', 'files.example')).to).toEqual({
      handoff: 'https://files.example/u?x=1',
      hosts: ['files.example'],
    })
    expect(() => get(handoff('https://files.example/', 'files.example'), { query: { a: 1 } })).toThrow(TypeError)
  })
})
