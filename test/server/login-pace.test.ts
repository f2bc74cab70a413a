import { expect, test } from 'vitest'
import { LoginPace } from '../../server/auth/login-pace.ts'

function pace() {
  let now = 0
  const held = new LoginPace(() => now)
  const ask = (address: string): boolean => {
    try {
      held.expectPatience(address)
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'too-many-logins', retryAfterMs: 1000 })
      return false
    }
  }
  const granted = (address: string, asked = 500) => Array.from({ length: asked }, () => ask(address)).filter(Boolean).length
  return {
    ask,
    granted,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

test('A6 an address has 400 logins at once and 20 a second, whatever it is refused meanwhile; another has its own', () => {
  const { granted, pass } = pace()
  expect([granted('a'), granted('b'), granted('a')]).toEqual([400, 400, 0])
  pass(1000)
  expect(granted('a')).toBe(20)
  pass(3_600_000)
  expect(granted('a')).toBe(400)
})

test('A6 of more than 4096 addresses the one that came first is forgotten', () => {
  const { ask, granted } = pace()
  granted('first')
  granted('second')
  for (let i = 2; i < 4096; i++) ask(`address ${i}`)
  expect([ask('first'), ask('second')]).toEqual([false, false])
  ask('one more')
  expect([ask('second'), ask('first')]).toEqual([false, true])
})
