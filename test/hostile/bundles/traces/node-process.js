// A process of one's own.
export async function work() {
  for (const road of [(name) => import(`node:${name}`), (name) => process.getBuiltinModule(name), (name) => require(name)])
    attempt(async () => (await road('child_process')).execFileSync('touch', ['__FOLDER__/pwned']))
  return settled()
}
