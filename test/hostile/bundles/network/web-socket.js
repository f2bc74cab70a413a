export async function work() {
  const open = (url) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url)
      socket.onopen = socket.onerror = resolve
    })
  attempt(() => open('ws://__SINK__/socket'))
  attempt(() => open('ws://__PORTAL__/socket'))
  attempt(() => new WebSocketStream('ws://__SINK__/stream').opened)
  return settled()
}
