/**
 * Name and major version of the JavaScript engine behind a user agent, for example `v8-156`. It only labels a device: nothing is allowed or
 * left out because of it.
 */
export function engineClass(userAgent: string): string {
  const version = (pattern: RegExp) => pattern.exec(userAgent)?.[1]
  const chromium = version(/\b(?:Headless)?Chrom(?:e|ium)\/(\d+)/)
  if (chromium) return `v8-${chromium}`
  const firefox = version(/\bFirefox\/(\d+)/)
  if (firefox) return `spidermonkey-${firefox}`
  const webkit = version(/\bVersion\/(\d+)/) ?? version(/\bAppleWebKit\/(\d+)/)
  return webkit ? `javascriptcore-${webkit}` : 'unknown'
}
