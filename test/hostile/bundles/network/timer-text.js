export async function work() {
  attempt(() => {
    setTimeout('fetch("http://__SINK__/from-timer", { mode: "no-cors" })', 0)
    return new Promise((resolve) => setTimeout(resolve, 100))
  })
  return settled()
}
