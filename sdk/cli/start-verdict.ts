/** When is `dsage start --once` a success? Pure: facts in, complaints out. */

export interface DeviceShare {
  readonly name: string
  /** Results of this run, and those of them that agreed with the other device's. */
  readonly returned: number
  readonly agreed: number
}
export interface StartFacts {
  /** What is wrong with the factors, a sentence each. */
  readonly mistakes: readonly string[]
  readonly complete: boolean
  readonly seconds: number
  readonly timeoutSeconds: number
  readonly unitsAccepted: number
  readonly devices: readonly DeviceShare[]
}

const LEAST_UNITS = 20
const LEAST_DEVICES = 2

/** What keeps it from being one, a sentence each; empty when all is well. */
export function complaintsOf(facts: StartFacts): string[] {
  const agreeing = facts.devices.filter(({ agreed }) => agreed > 0).length
  const late = `Expected the factors within ${facts.timeoutSeconds} s, they are not complete after ${facts.seconds.toFixed(1)} s.`
  const few = `Expected at least ${LEAST_UNITS} accepted units, got ${facts.unitsAccepted}.`
  const alone = `Expected agreeing results of at least ${LEAST_DEVICES} devices, got those of ${agreeing}.`
  return [
    ...facts.mistakes,
    ...(facts.complete && facts.seconds <= facts.timeoutSeconds ? [] : [late]),
    ...(facts.unitsAccepted < LEAST_UNITS ? [few] : []),
    ...(agreeing < LEAST_DEVICES ? [alone] : []),
  ]
}
