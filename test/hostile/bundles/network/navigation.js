// Going elsewhere, with what was learnt in the address.
export async function work() {
  attempt(() => {
    location.href = 'http://__SINK__/navigated?leak'
    return new Promise((resolve) => setTimeout(resolve, 300))
  })
  attempt(() => open('http://__SINK__/opened'))
  attempt(() => navigation.navigate('http://__SINK__/navigated'))
  return settled()
}
