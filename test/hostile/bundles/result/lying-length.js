// A list that is bytes by name only.
export function work() {
  class Lying extends Uint8Array {
    get length() { return 2 ** 40 }
    get byteLength() { return 2 ** 40 }
  }
  return new Lying(4)
}
