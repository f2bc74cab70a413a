// The origin private file system.
export async function work() {
  attempt(async () => (await navigator.storage.getDirectory()).getFileHandle('pwned', { create: true }))
  return settled()
}
