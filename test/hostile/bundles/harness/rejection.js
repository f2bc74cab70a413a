// Rejected promises that nobody handles, with reasons that fight back.
export async function work() {
  Promise.reject({ get message() { throw 1 }, get stack() { throw 2 }, toString() { throw 3 } })
  Promise.reject(new Error('left behind'))
  await null
  return 'done'
}
