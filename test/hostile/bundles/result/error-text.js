export function work() {
  const error = new Error('m'.repeat(8 << 20))
  error.name = 'n'.repeat(8 << 20)
  error.stack = 's'.repeat(8 << 20)
  throw error
}
