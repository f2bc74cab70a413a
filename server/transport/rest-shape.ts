import { z } from 'zod'

/** Every named shape: the `components` of the OpenAPI document. */
export const shapes = z.registry<{ id: string }>()
export function named<Schema extends z.ZodType>(id: string, schema: Schema, description?: string): Schema {
  const shape = description === undefined ? schema : schema.meta({ description })
  shapes.add(shape, { id })
  return shape
}

/** Of an answer's shape: JSON unless it says something else. */
export const contentTypeOf = (schema: z.ZodType): string => (schema.meta()?.contentType as string | undefined) ?? 'application/json'

export const count = z.number().int().nonnegative()
export const instant = z.number().int().nonnegative().meta({ description: 'Milliseconds since 1970.' })
export const next = z.string().optional().meta({ description: 'Give it as `after` for the following page; absent on the last.' })
/** `?after=` and `?limit=` of a list. */
export const page = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,10}$/, 'expected the `next` of the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
