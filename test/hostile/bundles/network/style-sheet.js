// A style sheet, a picture it names, and a font.
export async function work() {
  attempt(
    () =>
      new Promise((resolve) => {
        const link = document.createElement('link')
        link.rel = 'stylesheet'
        link.href = 'http://__SINK__/style.css'
        link.onload = link.onerror = resolve
        document.head.append(link)
      }),
  )
  attempt(() => {
    const style = document.createElement('style')
    style.textContent = '@import "http://__SINK__/import.css"; html { background: url(http://__SINK__/background.png) }'
    document.head.append(style)
    return new Promise((resolve) => setTimeout(resolve, 200))
  })
  return settled()
}
