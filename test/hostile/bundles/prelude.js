// Stands before every hostile bundle. The bundle tries and does not tell: whether it got anywhere is judged from outside.
const tries = []
const attempt = (f) => {
  try {
    const trying = f()
    tries[tries.length] = (async () => {
      try {
        await trying
      } catch {}
    })()
  } catch {}
}
const settled = async () => {
  for (let i = 0; i < tries.length; i++) await tries[i]
  return 'done'
}
