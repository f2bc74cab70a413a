/**
 * Every sentence of the portal, in the reader's language. A catalogue is a module of plain strings and functions, so that a sentence that is
 * missing, or an unknown state of the protocol without one, does not compile; a second language is a second module of the type `Catalogue`.
 * Rejected: paraglide, which runs plugins from a content network when it compiles and cannot say that a union is covered.
 */
import { en } from './en/en.ts'

type Widened<Part> = Part extends string
  ? string
  : Part extends (...given: infer Given) => string
    ? (...given: Given) => string
    : Part extends (...given: infer Given) => string[]
      ? (...given: Given) => string[]
      : { readonly [Key in keyof Part]: Widened<Part[Key]> }
export type Catalogue = Widened<typeof en>

const catalogues: Readonly<Record<string, Catalogue>> = { en }

/** The first of the reader's languages that there is a catalogue for. */
export const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => Object.hasOwn(catalogues, tag)) ?? 'en'
export const m: Catalogue = catalogues[language] ?? en
