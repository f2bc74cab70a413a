// Every global name replaced, at once and for good.
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (name === 'globalThis' || name === 'undefined' || name === 'NaN' || name === 'Infinity') continue
  try {
    globalThis[name] = () => 'FORGED'
  } catch {}
}
export const work = (input) => input
