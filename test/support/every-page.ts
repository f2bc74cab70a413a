import { expect } from 'vitest'
import type { Page } from '../../sdk/protocol.ts'

/** All rows of a list, read in pages of `limit`, none of which has more. */
export async function everyPage<Row>(limit: number, page: (after: string | undefined) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  for (let after: string | undefined; ; ) {
    const { rows: more, next } = await page(after)
    expect(more.length).toBeLessThanOrEqual(limit)
    rows.push(...more)
    if (next === undefined) return rows
    after = next
  }
}
