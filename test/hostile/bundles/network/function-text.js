// What a reader of the bundle does not see: the call is made of text, by every constructor of functions there is.
const body = 'return fetch("http://__SINK__/from-text", { mode: "no-cors" })'
export async function work() {
  attempt(() => Function(body)())
  attempt(() => new Function(body)())
  attempt(() => new (class extends Function {})(body)())
  attempt(() => (async () => {}).constructor(body)())
  attempt(() => (function* () {}).constructor(body)().next().value)
  attempt(() => (async function* () {}).constructor(body)().next())
  attempt(() => Reflect.construct((() => {}).constructor, [body], class {})())
  return settled()
}
