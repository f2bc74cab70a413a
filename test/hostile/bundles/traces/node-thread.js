// A thread of one's own, with permissions of its own.
export async function work() {
  attempt(async () => {
    const { Worker } = await import('node:worker_threads')
    const thread = new Worker('require("fs").writeFileSync("__FOLDER__/pwned", "x")', { eval: true })
    await new Promise((resolve) => thread.on('exit', resolve))
  })
  return settled()
}
