// What tells one volunteer from another.
export function work() {
  const seen = []
  for (const key of ['userAgent', 'platform', 'language', 'languages', 'hardwareConcurrency', 'deviceMemory', 'connection', 'userAgentData', 'gpu', 'storage'])
    try {
      seen.push(key, String(navigator[key]))
    } catch {}
  return seen
}
