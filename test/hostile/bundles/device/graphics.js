// The graphics card draws, and names, itself.
export function work() {
  const found = []
  try {
    const context = new OffscreenCanvas(16, 16).getContext('2d')
    context.font = '12px sans-serif'
    found.push(context.measureText('mmmmmmmmmmlli').width)
  } catch {}
  try {
    const context = new OffscreenCanvas(16, 16).getContext('webgl')
    found.push(context.getParameter(context.VERSION))
  } catch {}
  return found
}
