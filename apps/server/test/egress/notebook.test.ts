import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { makeNotebookIo } from '../../src/egress/drivers/notebook.ts'
import { flavours, type House, makeHouse } from '../connections/house.ts'

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`the notebook on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: House
    const steps: string[] = []
    beforeAll(async () => {
      house = await makeHouse(flavour)
    })
    afterAll(() => house.close())
    const io = (action: string | null, step = async (method: string) => void steps.push(method)) =>
      makeNotebookIo({ db: house.ctx.db, writer: house.ctx.writer, action, step })

    test('writes, reads, lists and erases pages; what stood there before comes back', async () => {
      expect(await io('act_1').write('Shopping', 'Milk')).toEqual({
        page: 'Shopping',
        version: 1,
        created: true,
        previous: null,
      })
      expect(await io('act_2').write('Shopping', 'Bread')).toEqual({
        page: 'Shopping',
        version: 2,
        created: false,
        previous: 'Milk',
      })
      expect(await io('act_3').read('Shopping')).toMatchObject({ page: 'Shopping', body: 'Bread', version: 2 })
      expect((await io('act_3').list()).map((one) => [one.page, one.version])).toEqual([['Shopping', 2]])
      expect(await io('act_4').erase('Shopping')).toEqual({ page: 'Shopping', body: 'Bread' })
      expect([await io('act_5').erase('Shopping'), await io('act_6').read('Shopping')]).toEqual([null, null])
      expect(steps.length).toBe(7)
    })
    test('an action does its thing once, however often it is run, and its probe is exact', async () => {
      expect(await io('act_7').done()).toBeUndefined()
      const [first, again] = await Promise.all([io('act_7').write('Once', 'a'), io('act_7').write('Once', 'b')])
      expect(again).toEqual(first)
      expect(await io('act_7').done()).toEqual(first)
      expect((await io('act_8').read('Once'))?.version).toBe(1)
      expect(await io('act_5').done()).toBeNull()
    })
    test('what is not recorded is not done: neither without a step nor without an action', async () => {
      await expect(
        io('act_9', async () => {
          throw new Error('no log')
        }).write('Never', 'x'),
      ).rejects.toThrow('no log')
      await expect(io(null).write('Never', 'x')).rejects.toThrow('by an action only')
      expect(await io('act_10').read('Never')).toBeNull()
    })
  })
