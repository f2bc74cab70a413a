import type { Check } from './finding.ts'

const LEAST = 24

export const checkNode: Check = async () => {
  const { node } = process.versions
  if (Number(node.split('.')[0]) >= LEAST) return { state: 'ok', says: `Node ${node}.` }
  return {
    state: 'broken',
    says: `Expected Node ${LEAST} or newer, got ${node}.`,
    mend: 'Install it from nodejs.org or by your package manager.',
  }
}
