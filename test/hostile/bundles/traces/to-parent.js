// The window that embeds the frame.
export async function work() {
  for (const target of ['parent', 'top', 'opener'])
    for (const message of [{ kind: 'frame-ready' }, { t: 'result', ok: true }, 'forged']) attempt(() => globalThis[target].postMessage(message, '*'))
  return settled()
}
