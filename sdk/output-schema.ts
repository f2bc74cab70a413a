/** Outputs that must fit a schema of the researcher's. What a device sends is data of a stranger: it is looked at where it is delivered. */
import type { StandardSchemaV1 } from '@standard-schema/spec'

export type OutputSchema<Output> = StandardSchemaV1<unknown, Output>

export interface OutputOption<Output> {
  /**
   * A schema (Zod, Valibot, ArkType … whatever keeps to Standard Schema) that each output must fit when it is delivered; its own output is what is
   * delivered. An input whose output does not fit has failed, with an error called `OutputMismatch`. @default anything
   */
  readonly output?: OutputSchema<Output> | undefined
}

type Answer = { readonly value: unknown } | { readonly error: { readonly name: string; readonly message: string } }

const pathOf = (path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[] | undefined): string =>
  (path ?? []).map((step) => `[${JSON.stringify(String(typeof step === 'object' ? step.key : step))}]`).join('')

/** The value as the schema gives it, or what does not fit. */
export async function fitted(schema: OutputSchema<unknown>, value: unknown): Promise<Answer> {
  try {
    const result = await schema['~standard'].validate(value)
    if (result.issues === undefined) return { value: result.value }
    const issues = result.issues.slice(0, 3).map(({ path, message }) => `output${pathOf(path)}: ${message}`)
    const more = result.issues.length > 3 ? ` and ${result.issues.length - 3} more` : ''
    return mismatch(`${issues.join('; ')}${more}`)
  } catch (error) {
    return mismatch(`the schema threw ${String(error)}`)
  }
}

const mismatch = (what: string): Answer => ({
  error: { name: 'OutputMismatch', message: `Expected an output that fits the schema in \`output\`; ${what}` },
})
