// XMLHttpRequest, synchronous and not; an echo of the portal would tell even HttpOnly cookies.
export async function work() {
  attempt(() => {
    const request = new XMLHttpRequest()
    request.open('GET', 'http://__SINK__/synchronous', false)
    request.send()
  })
  attempt(() => {
    const request = new XMLHttpRequest()
    request.withCredentials = true
    request.open('GET', 'http://__PORTAL__/api/me', false)
    request.send()
  })
  attempt(
    () =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest()
        request.open('GET', 'http://__SINK__/asynchronous')
        request.onloadend = resolve
        request.send()
      }),
  )
  return settled()
}
