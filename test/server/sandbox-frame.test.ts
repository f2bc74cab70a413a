import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxScript } from '../../portal/build-sandbox.ts'
import { LOADERS, sandboxFrame } from '../../server/transport/sandbox-frame.ts'
import { TestApp } from '../support/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.close())

const scriptOf = (body: string): string => /<script data-loader="\w+">([\s\S]*?)<\/script>/.exec(body)![1]!
const directives = (policy: unknown): Map<string, string> =>
  new Map(
    String(policy)
      .split('; ')
      .map((one) => [one.split(' ')[0]!, one.slice(one.indexOf(' ') + 1)]),
  )

describe('X9 frames', () => {
  test.each(LOADERS)('X9 the %s: frame may run its own script and workers, and reach nothing', async (loader) => {
    const { status, headers, body } = await app.get(`/sandbox/${loader}.html`)
    expect(status).toBe(200)
    const hash = createHash('sha256')
      .update(scriptOf(String(body.text)))
      .digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'sha256-${hash}' ${loader}: 'wasm-unsafe-eval'; worker-src ${loader}:; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts`,
    )
    expect(headers).toMatchObject({
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'cross-origin',
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-dns-prefetch-control': 'off',
      'cache-control': 'no-store',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), compute-pressure=()',
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  test('X9 the policy names neither this server nor any other', async () => {
    for (const loader of LOADERS) {
      const policy = directives((await app.get(`/sandbox/${loader}.html`)).headers['content-security-policy'])
      for (const [name, sources] of policy) {
        if (name !== 'frame-ancestors') expect(sources).not.toMatch(/'self'|https?:|'unsafe-|\*/)
      }
    }
  })

  test('X9 the script is whole inside of its element, and not served as a file', async () => {
    const script = await sandboxScript()
    expect(script).not.toMatch(/<\/script|<!--/i)
    expect(scriptOf(sandboxFrame({ loader: 'blob', script }).body)).toBe(script)
    expect((await app.get('/sandbox-frame.js')).status).toBe(404)
    for (const path of ['/sandbox/', '/sandbox/other.html', '/sandbox/blob.html/x']) expect((await app.get(path)).status).toBe(404)
  })

  test('X9 the frame is for whoever is named', () => {
    const { headers } = sandboxFrame({ loader: 'data', script: '', ancestors: 'https://portal.example' })
    expect(directives(headers['Content-Security-Policy']).get('frame-ancestors')).toBe('https://portal.example')
  })
})

test('X9 the portal is isolated and uses its own files only; answers of the API keep their own headers', async () => {
  const page = await app.get('/')
  expect(page.headers).toMatchObject({ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' })
  const policy = directives(page.headers['content-security-policy'])
  expect(policy.get('default-src')).toBe("'none'")
  for (const [name, sources] of policy) expect([name, sources]).toEqual([name, expect.stringMatching(/^'(self|none)'$/)])
  const { headers } = await app.get('/api/v1/status')
  expect(headers['cross-origin-embedder-policy']).toBeUndefined()
})
