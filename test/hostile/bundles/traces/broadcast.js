export async function work() {
  attempt(() => new BroadcastChannel('pwned').postMessage('from the job'))
  return settled()
}
