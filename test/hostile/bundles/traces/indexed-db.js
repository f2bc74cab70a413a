// Data of the portal's origin: to read what is there, and to leave something behind.
export async function work() {
  attempt(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.open('pwned')
        request.onsuccess = request.onerror = resolve
      }),
  )
  return settled()
}
