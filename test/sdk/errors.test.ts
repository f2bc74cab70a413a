import { expect, expectTypeOf, test } from 'vitest'
import { jsonLine } from '../../sdk/cli/json-line.ts'
import * as entry from '../../sdk/node.ts'
import { printable } from '../../sdk/printable.ts'
import type { ErrorCode, JobSnapshot } from '../../sdk/protocol.ts'

const snapshot = { job: '0'.repeat(32), name: 'sum', inputs: 3, waitingSince: 0 } as JobSnapshot

/** One of each kind that Node's entry exports, with its code. */
const KINDS: Readonly<Record<string, readonly [code: string, error: Error]>> = {
  BadArgument: ['bad-argument', new entry.BadArgument('Expected a, got b; give a.')],
  BadKey: ['bad-key', new entry.BadKey('Expected a key.')],
  BundleError: ['free-variable', new entry.BundleError('free-variable', 'Expected no x.', { variables: ['x'] })],
  ExpressionError: ['expression', new entry.ExpressionError('Expected a digit', 3)],
  InputsIncomplete: ['inputs-incomplete', new entry.InputsIncomplete(snapshot)],
  JobCancelled: ['job-cancelled', new entry.JobCancelled('Job sum was cancelled.')],
  JobFailed: ['job-failed', new entry.JobFailed({ job: 'sum', index: 2, error: { name: 'RangeError', message: 'too \u001b[2J large' } })],
  JobPaused: ['job-paused', new entry.JobPaused({ ...snapshot, reason: 'they differ.', pilotNote: '1, then \u001b2' })],
  NotConnected: ['not-connected', new entry.NotConnected('Expected a server.')],
  RecordDamaged: ['record-damaged', new entry.RecordDamaged('a.tar', 'it is empty')],
  Refused: ['unknown-job', new entry.Refused({ code: 'unknown-job', message: 'Expected the id of a job.', retryAfterMs: 5 })],
  Rejection: ['rejected', entry.reject('the residue is 1')],
  ResultRetracted: ['result-retracted', new entry.ResultRetracted('7')],
  ResultsUnsealed: ['results-unsealed', new entry.ResultsUnsealed('sum', 2)],
  StartFailed: ['start-failed', new entry.StartFailed('Expected a port.')],
  TimedOut: ['timed-out', new entry.TimedOut('Expected an answer.')],
}

test('J45 each kind of error is a class that is exported, with a name and a code of its own', () => {
  const classes = new Map<string, unknown>(Object.entries(entry))
  const isError = ([name, what]: [string, unknown]) =>
    name !== 'DSageError' && typeof what === 'function' && what.prototype instanceof Error
  const exported = [...classes].filter(isError).map(([name]) => name)
  expect(exported.sort()).toEqual(Object.keys(KINDS).sort())
  for (const [name, [code, error]] of Object.entries(KINDS)) {
    expect([error.name, (error as unknown as { code: string }).code, error.constructor]).toEqual([name, code, classes.get(name)])
    // dsage/math throws its own also where there is no SDK.
    expect([name, error instanceof entry.DSageError]).toEqual([name, name !== 'ExpressionError'])
  }
  expect(new Set(Object.values(KINDS).map(([code]) => code)).size).toBe(Object.keys(KINDS).length)
})

test('J45 an error carries what it is about, and nothing in it commands a terminal', () => {
  const [, failed] = KINDS.JobFailed!
  expect(failed).toMatchObject({ index: 2, unit: undefined, error: { name: 'RangeError' } })
  expect(failed.message).toBe('Job sum failed at input 2: RangeError: too \\u{1b}[2J large')
  expect(KINDS.Refused![1]).toMatchObject({ retryAfterMs: 5 })
  expect(KINDS.BundleError![1]).toMatchObject({ variables: ['x'] })
  expect(KINDS.ResultRetracted![1]).toMatchObject({ unit: '7' })
  expect(KINDS.InputsIncomplete![1]).toMatchObject({ job: snapshot.job, inputs: 3 })
  expect(KINDS.JobPaused![1]).toMatchObject({
    ...{ job: snapshot.job, reason: 'they differ.' },
    message: `Job sum is paused: they differ; 1, then \\u{1b}2. Mend it and submit it anew; or go on as it is: await (await d.job('${snapshot.job}')).resume(), then wait again.`,
  })
  expect(KINDS.RecordDamaged![1]).toMatchObject({ file: 'a.tar' })
  expect(KINDS.ExpressionError![1]).toMatchObject({ position: 3, message: 'Expected a digit (at character 4)' })
})

test('J45 the code of a refusal is one of those that servers give', () => {
  expectTypeOf<entry.Refused['code']>().toEqualTypeOf<ErrorCode>()
  expectTypeOf<entry.BundleError['code']>().toEqualTypeOf<entry.BundleErrorCode>()
  expect(new entry.Refused({ code: 'server-busy', message: 'later' }).code).toBe('server-busy')
})

test('C2 no mark that reorders text, no control and no separator of lines comes through, in sentences and in JSON', () => {
  const commands = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u
  const all = Array.from({ length: 0x3000 }, (_, point) => String.fromCodePoint(point)).filter((one) => commands.test(one))
  expect(all.length).toBeGreaterThan(70)
  for (const one of all) expect([printable(one), jsonLine(one).slice(0, -1)].filter((text) => commands.test(text))).toEqual([])
  expect(JSON.parse(jsonLine(all))).toEqual(all)
})
