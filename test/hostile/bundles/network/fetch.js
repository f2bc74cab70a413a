// fetch to a stranger and to the portal: plain, without CORS, kept alive past its page, with the volunteer's cookies, as a Request.
export async function work() {
  attempt(() => fetch('http://__SINK__/cors'))
  attempt(() => fetch('http://__SINK__/no-cors', { mode: 'no-cors' }))
  attempt(() => fetch('http://__SINK__/post', { method: 'POST', body: 'x', keepalive: true, mode: 'no-cors' }))
  attempt(() => fetch('http://__PORTAL__/api/me', { credentials: 'include', mode: 'no-cors' }))
  attempt(() => fetch('/api/me'))
  attempt(() => fetch(new Request('http://__SINK__/request', { priority: 'high' })))
  return settled()
}
