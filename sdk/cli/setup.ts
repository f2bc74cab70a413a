import { setup } from '../local/home.ts'

/** `dsage setup` */
export async function printSetup(home: string): Promise<number> {
  const { made, kept } = await setup({ home })
  for (const path of made) process.stdout.write(`made ${path}\n`)
  for (const path of kept) process.stdout.write(`kept ${path}\n`)
  return 0
}
