// The port that carries the answer, caught by the method that posts it.
const posted = MessagePort.prototype.postMessage
MessagePort.prototype.postMessage = function () {
  return Reflect.apply(posted, this, [{ ok: true, value: ['FORGED'] }])
}
for (const name of ['data', 'ports', 'source']) Object.defineProperty(MessageEvent.prototype, name, { configurable: true, get: () => 'FORGED' })
EventTarget.prototype.addEventListener = EventTarget.prototype.removeEventListener = () => {}
export const work = (input) => input
