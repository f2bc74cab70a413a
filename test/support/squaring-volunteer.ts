import { decode, encodeOutputs } from '../../sdk/codec.ts'
import { asks, type TestApp } from './app.ts'

/** A volunteer that squares what it is given, whatever the code; the last of each ten leases is answered first, so that results come out of order. */
export async function squaringVolunteer(app: TestApp): Promise<void> {
  const volunteer = await app.volunteer()
  const ended = volunteer.ended()
  const work = async (): Promise<void> => {
    for (let next = await volunteer.ask('lease', asks); ; ) {
      const results = next.leases.toReversed().map(({ lease, input }) => ({
        ...{ lease, seconds: 0.01 },
        output: encodeOutputs(
          (decode(input) as bigint[]).map((n) => (n < 0 ? { error: { name: 'RangeError', message: 'negative' } } : { value: n * n })),
        ),
      }))
      const answer = results.length > 0 ? await volunteer.ask('return', { results, next: asks }) : { next: undefined }
      next = answer.next && answer.next.leases.length > 0 ? answer.next : await volunteer.ask('lease', asks)
    }
  }
  void Promise.race([work().catch(() => {}), ended])
}
