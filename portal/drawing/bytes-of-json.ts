/** The bytes of `{"$bytes":"…"}`, or undefined for anything else: whatever a device returned may stand there. */
export function bytesOfJson(value: unknown): Uint8Array | undefined {
  const base64 = (value as { $bytes?: unknown } | null)?.$bytes
  if (typeof base64 !== 'string') return undefined
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
