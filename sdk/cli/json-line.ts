// What JSON leaves as it is and a terminal obeys: controls beyond ASCII, separators, and the marks that reorder text.
const unprintable = /[\u007f-\u009f\p{Bidi_Control}\u2028\u2029]/gu

/** A value as one line of JSON that is safe for a terminal. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(unprintable, (one) => `\\u${one.codePointAt(0)!.toString(16).padStart(4, '0')}`)}\n`
