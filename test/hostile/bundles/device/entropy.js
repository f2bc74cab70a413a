// Randomness that is not asked of `crypto`.
export async function work() {
  const found = []
  const look = async (f) => {
    try {
      found.push(String(await f()))
    } catch {}
  }
  await look(() => (globalThis.URL ?? webkitURL).createObjectURL(new Blob([])))
  await look(async () => new Uint8Array((await crypto.subtle.exportKey('raw', await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']))))[0])
  await look(() => performance.now())
  return found
}
