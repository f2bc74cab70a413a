// A few hundred bytes that are 4 million leaves when they are written out.
export function work() {
  let doubled = ['laughs']
  for (let i = 0; i < 22; i++) doubled = [doubled, doubled]
  return doubled
}
