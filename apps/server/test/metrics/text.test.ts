import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { makeCounter } from '../../src/metrics/counter.ts'
import { written } from '../../src/metrics/family.ts'
import { makeHistogram } from '../../src/metrics/histogram.ts'
import { samplesIn } from './scrape.ts'

/** Full of what the format itself is written with. */
const odd = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '\n', 'n', '{', '}', ',', '=', ' '),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
})

describe('the text format of Prometheus', () => {
  test('any label comes back as it was given, whatever is in it, one line a sample', () => {
    fc.assert(
      fc.property(fc.uniqueArray(odd, { maxLength: 5 }), (values) => {
        const counter = makeCounter('a_total', 'counts \\ things\nof two lines', ['what'])
        for (const value of values) counter.add({ what: value })
        const text = written([counter])
        expect(text.split('\n')).toHaveLength(values.length + 3)
        expect(samplesIn(text)).toEqual(values.map((value) => ({ name: 'a_total', labels: { what: value }, value: 1 })))
      }),
    )
  })

  test('buckets are cumulative, a bound belongs to its bucket, and +Inf equals the count', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 30 })), (seen) => {
        const histogram = makeHistogram('h', 'h', [0, 10, 20])
        for (const value of seen) histogram.observe(value, {})
        const upTo = (bound: number) => seen.filter((value) => value <= bound).length
        expect(samplesIn(written([histogram]))).toEqual([
          { name: 'h_bucket', labels: { le: '0' }, value: upTo(0) },
          { name: 'h_bucket', labels: { le: '10' }, value: upTo(10) },
          { name: 'h_bucket', labels: { le: '20' }, value: upTo(20) },
          { name: 'h_bucket', labels: { le: '+Inf' }, value: seen.length },
          { name: 'h_sum', labels: {}, value: seen.reduce((sum, value) => sum + value, 0) },
          { name: 'h_count', labels: {}, value: seen.length },
        ])
      }),
    )
  })

  test('a counter without labels is there before anything was counted', () => {
    expect(written([makeCounter('c_total', 'c')])).toBe('# HELP c_total c\n# TYPE c_total counter\nc_total 0\n')
  })
})
