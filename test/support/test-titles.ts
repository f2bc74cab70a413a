import ts from 'typescript'
import { nodesOf, place, type Source } from './sources.ts'

export interface Title {
  readonly text: string
  readonly place: string
}

const DECLARES = /^(test|it|describe|alsoHere)\b/

/** What `test`, `it` and `describe`, also with `.each`, `.for`, `.runIf` …, are called with first: the titles as they are written. */
export function titlesOf(source: Source): Title[] {
  return nodesOf(source).flatMap((node) => {
    if (!ts.isCallExpression(node) || !DECLARES.test(node.expression.getText())) return []
    const [title] = node.arguments
    if (!title) return []
    if (ts.isStringLiteralLike(title)) return [{ text: title.text, place: place(source, title) }]
    if (ts.isTemplateExpression(title)) return [{ text: title.head.text, place: place(source, title) }]
    return []
  })
}

/** The ids a title begins with: `S1 …`, `E1, E3 …`. */
export function citedIds(title: string): string[] {
  const beginning = /^[A-Z]\d+(?:(?:, ?| )[A-Z]\d+)*(?![\w-])/.exec(title)?.[0]
  return beginning?.split(/, ?| /) ?? []
}
