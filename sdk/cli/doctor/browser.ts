import { access, constants } from 'node:fs/promises'
import { platform } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Check } from './finding.ts'

const NAMES: readonly string[] = [
  ...['firefox', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'brave-browser', 'epiphany'],
]

/** A browser lends cycles and shows the portal; everything else works without. */
export const checkBrowser: Check = async () => {
  // These bring one.
  if (platform() === 'darwin' || platform() === 'win32') return { state: 'ok', says: 'This system has a browser.' }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name)
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isThere) return { state: 'ok', says: `${path} can show the portal and lend this computer.` }
    }
  }
  const mend =
    'Install Firefox, Chromium or another one; or forward the port to a machine that has one: ssh -L 8082:127.0.0.1:8082 <this machine>.'
  return { state: 'note', says: 'There is no browser for the portal in PATH; headless workers need none.', mend }
}
