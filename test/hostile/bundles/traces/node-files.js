// A file where the job has nothing to write.
export async function work() {
  for (const road of [(name) => import(`node:${name}`), (name) => process.getBuiltinModule(name), (name) => require(name)])
    attempt(async () => (await road('fs')).writeFileSync('__FOLDER__/pwned', 'x'))
  return settled()
}
