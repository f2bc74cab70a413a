export async function work() {
  attempt(
    () =>
      new Promise((resolve) => {
        const image = new Image()
        image.onload = image.onerror = resolve
        image.src = 'http://__SINK__/image.png'
      }),
  )
  return settled()
}
