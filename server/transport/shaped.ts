import type { z } from 'zod'
import { PlatformError } from '../errors.ts'
import { handler } from './answering.ts'

/** What its schema makes of it. @throws PlatformError `bad-message` */
export async function shaped<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): Promise<z.output<Schema>> {
  const handled = handler(schema, async (message) => message)(value)
  if ('wrong' in handled) throw new PlatformError('bad-message', `${where}: ${handled.wrong}`)
  return handled.reply as Promise<z.output<Schema>>
}
