import { expect, test } from 'vitest'
import { decidesAlone, holderOf, isOwnFor, type OwnFor } from '../../server/core/own-device.ts'

const [X, Y] = [1, 2]
const device = (accountId: number | null, ownFor: OwnFor) => ({ id: 7, accountId, ownFor })
const job = (ownerId: number, ownDevices = true) => ({ ownerId, ownDevices })

test.each([
  ['an anonymous device', device(null, 'nobody'), [false, false]],
  ['a device of X', device(X, 'account'), [true, false]],
  ['a device of the operator', device(3, 'everybody'), [true, true]],
] as const)('A7 %s is own for the jobs of X and of Y as it should be', (_what, one, own) => {
  expect([X, Y].map((owner) => isOwnFor(one, job(owner)))).toEqual(own)
  expect([X, Y].map((owner) => decidesAlone(one, job(owner)))).toEqual(own)
  expect([X, Y].map((owner) => decidesAlone(one, job(owner, false)))).toEqual([false, false])
})

test('A7 devices of one account are one holder, also at jobs of others; where own devices are strangers each is its own', () => {
  expect(holderOf(device(null, 'nobody'), job(X))).toBe('d:7')
  expect(holderOf(device(X, 'account'), job(X))).toBe('a:1')
  expect(holderOf(device(X, 'account'), job(X, false))).toBe('d:7')
  // Else the owner of many devices would outvote everybody.
  expect([true, false].map((ownDevices) => holderOf(device(X, 'account'), job(Y, ownDevices)))).toEqual(['a:1', 'a:1'])
})
