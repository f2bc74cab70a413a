import { type AST, parse } from 'svelte/compiler'
import { expect, test } from 'vitest'
import { en } from '../../portal/messages/en/en.ts'
import { BADGES } from '../../server/core/badges.ts'
import { readSources, type Source } from '../support/sources.ts'

const SPOKEN = ['alt', 'aria-label', 'aria-description', 'label', 'placeholder', 'title']
/** A space, or what stands between two sentences of the catalogue. */
const isSentence = (text: string): boolean => /\p{L}/u.test(text)

/** What a component says in its own words. */
function ownWords({ path, text }: Source): string[] {
  const found: string[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const known = node as AST.Attribute | AST.Text
    if (known.type === 'Text' && isSentence(known.data)) found.push(`${path}: ${known.data.trim()}`)
    if (known.type === 'Attribute' && !SPOKEN.includes(known.name)) visitExpressions(known.value)
    else for (const part of Object.values(node)) visit(part)
  }
  // The text of other attributes is for the browser; what stands in braces may still hold elements.
  const visitExpressions = (value: unknown): void => {
    for (const part of Array.isArray(value) ? value : []) if (part.type !== 'Text') visit(part)
  }
  visit(parse(text, { modern: true }).fragment)
  return found
}
const colours = ({ path, text }: Source): string[] =>
  [...text.matchAll(/#[0-9a-f]{3,8}\b(?=[;\s])|\b(?:rgba?|hsla?|oklch)\(/gi)].map(([colour]) => `${path}: ${colour}`)

const components = readSources().filter(({ path }) => path.endsWith('.svelte'))

test('P10 every sentence of a page comes from the catalogue', () => {
  const planted = (text: string) => ownWords({ path: 'portal/a.svelte', text })
  expect(planted('<p>Hello</p>')).not.toEqual([])
  expect(planted('<p aria-label="Hello" class="quiet">{m.x}</p>')).not.toEqual([])
  expect(planted('{#if a}{:else}<b>no</b>{/if}')).not.toEqual([])
  expect(planted('<p class="quiet" id="x">{m.x}, {m.y} (…)</p>')).toEqual([])
  expect(components.length).toBeGreaterThan(20)
  expect(components.flatMap(ownWords)).toEqual([])
})

test('P10 every colour comes from the tokens', () => {
  expect(colours({ path: 'portal/a.svelte', text: 'color: #fff;' })).not.toEqual([])
  expect(colours({ path: 'portal/a.svelte', text: 'color: rgb(0 0 0);' })).not.toEqual([])
  expect(components.flatMap(colours)).toEqual([])
})

test('P10 every badge has the name in the catalogue that the table gives it', () => {
  expect(BADGES.map(({ id }) => en.credit.named([id]))).toEqual(BADGES.map(({ name }) => name))
})

test('P10 how results are checked is one sentence, with a capital where it begins and none inside', () => {
  const { checkedBy } = en.trust.job
  const asked = ['none', { quorum: 3 }, { targetError: 1e-3 }] as const
  expect(asked.map((redundancy) => checkedBy({ redundancy }))).toEqual([
    'One word suffices',
    '3 independent holders must agree',
    'Error of at most 0.1%, by what devices have earned',
  ])
  expect(asked.map((redundancy) => checkedBy({ redundancy, verify: true }))).toEqual([
    'By its `verify`; where the job’s code throws: one word suffices',
    'By its `verify`; where the job’s code throws: 3 independent holders must agree',
    'By its `verify`; where the job’s code throws: error of at most 0.1%, by what devices have earned',
  ])
})
