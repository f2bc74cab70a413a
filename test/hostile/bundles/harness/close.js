// Ends its own realm: a unit without an answer.
export async function work() {
  attempt(() => close())
  attempt(() => process.exit(0))
  attempt(() => process.kill(process.pid, 'SIGKILL'))
  attempt(() => process.abort())
  return settled()
}
