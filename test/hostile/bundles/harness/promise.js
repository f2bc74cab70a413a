// Between the answer and who awaits it stand `then`, `constructor` and the species of promises.
const { then } = Promise.prototype
const lie = (value) => (typeof value?.work === 'function' ? { work: () => 'FORGED' } : value?.output ? {} : value)
Promise.prototype.then = function (fulfilled, rejected) {
  return Reflect.apply(then, this, [typeof fulfilled === 'function' ? (value) => fulfilled(lie(value)) : fulfilled, rejected])
}
Object.defineProperty(Promise.prototype, 'constructor', { get: () => function Lying(run) { return new Promise((resolve, reject) => run((value) => resolve(lie(value)), reject)) } })
export const work = async (input) => input
