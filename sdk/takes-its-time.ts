/** Whether it is still open after a turn of the event loop. @throws what it rejects with until then */
export async function takesItsTime(asked: Promise<unknown>): Promise<boolean> {
  const turn = Promise.withResolvers<boolean>()
  const timer = setTimeout(turn.resolve, 0, true)
  try {
    return await Promise.race([asked.then(() => false), turn.promise])
  } finally {
    clearTimeout(timer)
  }
}
