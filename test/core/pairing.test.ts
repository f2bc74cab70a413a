import { describe, expect, test } from 'vitest'
import { isOpenTo, shareBeside } from '../../server/core/pairing.ts'

const SALT = 0x5eed1234
const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('Q8 who gives the second word', () => {
  test('Q8 where one or none is believed alone beside it there is no draw', () => {
    expect([0, 1, 2, 5, 14].map(shareBeside)).toEqual([1, 0.75, 0.5, 0.25, 0.1])
  })

  test.each([2, 11, 100])('Q8 a unit is open to one and a half of %i on the average, and to each as often as to the others', (many) => {
    const share = shareBeside(many - 1)
    const open = range(many).map((device) => range(4000).filter((unit) => isOpenTo(unit, 7919 * device, 3, SALT, share)).length)
    const deviation = Math.sqrt(4000 * share * (1 - share))
    for (const count of open) expect(Math.abs(count - 4000 * share)).toBeLessThan(5 * deviation)
  })

  test('Q8 asking again changes nothing before the next draw, which is independent of it and of what others see', () => {
    const seen = (device: number, draw: number, salt = SALT) => range(2000).map((unit) => isOpenTo(unit, device, draw, salt, 0.5))
    const alike = (one: boolean[], other: boolean[]) => one.filter((open, i) => open === other[i]).length
    expect(seen(1, 1)).toEqual(seen(1, 1))
    for (const other of [seen(1, 2), seen(2, 1), seen(1, 1, SALT + 1)]) expect(Math.abs(alike(seen(1, 1), other) - 1000)).toBeLessThan(120)
  })
})
