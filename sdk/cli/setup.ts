import { type SetupOptions, setup } from '../local/setup.ts'
import { printable } from '../printable.ts'

/** `dsage setup` */
export async function printSetup(options: SetupOptions): Promise<number> {
  const { made, kept, account, key } = await setup(options)
  for (const path of made) process.stdout.write(`made ${path}\n`)
  for (const path of kept) process.stdout.write(`kept ${path}\n`)
  process.stdout.write(`account ${printable(account)}, whose key is ${key}\n`)
  return 0
}
