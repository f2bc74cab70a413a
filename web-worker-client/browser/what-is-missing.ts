import type { VolunteerTrouble } from './volunteer-snapshot.ts'

/** What this browser or the way the page was opened lacks; nothing, and it can compute. */
export function whatIsMissing(scope: Partial<typeof globalThis> = globalThis): readonly VolunteerTrouble[] {
  const missing: VolunteerTrouble[] = []
  if (!scope.isSecureContext) missing.push('insecure-context')
  if (typeof scope.Worker !== 'function') missing.push('no-workers')
  if (typeof scope.WebAssembly !== 'object') missing.push('no-webassembly')
  if (!hasStorage(scope)) missing.push('no-storage')
  return missing
}

/** Some browsers throw at the mention of it where storage is switched off. */
function hasStorage(scope: Partial<typeof globalThis>): boolean {
  try {
    return scope.indexedDB !== undefined && scope.indexedDB !== null
  } catch {
    return false
  }
}
