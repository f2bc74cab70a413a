// A console that somebody watches is slow; one that is kept grows.
export function work() {
  for (let i = 0; i < 200_000; i++) console.log('flood', i)
  return 'done'
}
