/**
 * The frames that run strangers' code in a page (SANDBOX §2): a document of an opaque origin that can fetch nothing, with one inline script
 * known by its hash, and one policy for each way to get code into a worker. The policy names neither 'self' nor any server: 'self' would
 * match the portal although the origin is opaque, and a bundle could call home with an import.
 */
import { createHash } from 'node:crypto'

export const LOADERS = ['blob', 'data'] as const
export type Loader = (typeof LOADERS)[number]

export interface SandboxFrame {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export interface SandboxFrameParts {
  readonly loader: Loader
  /** Text of the inline script. */
  readonly script: string
  /** Who may embed the frame. @default "'self'" */
  readonly ancestors?: string
  /** The Content-Security-Policy; undefined for none. @default `sandboxPolicy` */
  readonly policy?: string | undefined
}

/** The policy of a frame with that loader and inline script. Workers inherit it. */
export function sandboxPolicy({ loader, script, ancestors = "'self'" }: SandboxFrameParts): string {
  const hash = createHash('sha256').update(script).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}' ${loader}: 'wasm-unsafe-eval'`,
    `worker-src ${loader}:`,
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
    'sandbox allow-scripts',
  ].join('; ')
}

export function sandboxFrame(parts: SandboxFrameParts): SandboxFrame {
  const policy = 'policy' in parts ? parts.policy : sandboxPolicy(parts)
  return {
    body: `<!doctype html><meta charset="utf-8"><title>sandbox</title><script data-loader="${parts.loader}">${parts.script}</script>`,
    headers: {
      ...(policy === undefined ? {} : { 'Content-Security-Policy': policy }),
      ...FIXED_HEADERS,
    },
  }
}

/** Without the first two the frame does not load below a page that is cross-origin isolated, in Firefox or anywhere. */
const FIXED_HEADERS = {
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Content-Type': 'text/html; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-DNS-Prefetch-Control': 'off',
  'Cache-Control': 'no-store',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), compute-pressure=()',
} as const
