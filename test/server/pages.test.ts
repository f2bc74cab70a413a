import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { hex } from '../support/store-kit.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.close())
const person = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const textOf = ({ body }: { body: Record<string, unknown> }) => String(body.text)

test.each(['/', '/volunteer', '/jobs', `/jobs/${hex(16)}`, '/devices', '/leaderboard', '/admin', '/jobs/'])(
  'V19 %s is a page, whoever asks, and asked for anew each time',
  async (path) => {
    for (const headers of [person, {}]) {
      const answer = await app.get(path, headers)
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      expect(textOf(answer)).toContain('<div id="portal">')
      expect(answer.headers['cache-control']).toMatch(/no-cache|max-age=0/)
    }
  },
)

test.each(['/nowhere', '/jobs/x', '/volunteer/x', '/assets/nothing.js', '/api', '/index.htm'])('V19 %s is not found', async (path) => {
  const forPerson = await app.get(path, person)
  expect([forPerson.status, textOf(forPerson)]).toEqual([404, expect.stringContaining('<div id="portal">')])
  const forProgram = await app.get(path, { accept: '*/*' })
  expect([forProgram.status, forProgram.body]).toEqual([404, { error: expect.objectContaining({ code: 'not-found' }) }])
})

test('V19 REST stays REST, whatever the asker would rather have', async () => {
  expect(await app.get('/api/v1/unheard-of', person)).toMatchObject({ status: 404, body: { error: { code: 'not-found' } } })
})

test('V19 every file is named by its content and kept for a year, and the document names them', async () => {
  const files = [...textOf(await app.get('/')).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!)
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const path of files) {
    expect(path).toMatch(/-[\w-]{8}\.(js|css)$/)
    const answer = await app.get(path)
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
  }
})
