/**
 * How is credit shown in the units of other projects? A cobblestone is 1/200 of a day of a computer of one GFLOPS (BOINC), a credit is a second
 * of the reference computer, whose GFLOPS are assumed: one scalar operation a cycle at 4 GHz, as code that was compiled from JavaScript gets
 * them. They are an estimate, and nothing is computed with them but what is shown. Rejected: asking devices for their benchmarks.
 */
export const REFERENCE_GFLOPS = 4
const COBBLESTONES_PER_GFLOPS_DAY = 200
const DAY_SECONDS = 86_400

export const COBBLESTONES_PER_CREDIT = (REFERENCE_GFLOPS * COBBLESTONES_PER_GFLOPS_DAY) / DAY_SECONDS
