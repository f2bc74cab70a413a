// Every other element that fetches.
export async function work() {
  const elements = { script: 'src', iframe: 'src', img: 'srcset', video: 'src', audio: 'src', embed: 'src', object: 'data' }
  for (const [name, attribute] of Object.entries(elements))
    attempt(() => {
      const element = document.createElement(name)
      element[attribute] = `http://__SINK__/${name}`
      document.documentElement.append(element)
      return new Promise((resolve) => setTimeout(resolve, 200))
    })
  return settled()
}
