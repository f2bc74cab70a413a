/** What is shown of a cluster, by socket and REST. */
import type { JobState } from '../protocol.ts'

/** `/api/v1/status`: every number is measured by this server, since its start unless the name says otherwise. */
export interface ClusterStatus {
  readonly version: string
  readonly protocol: number
  readonly database: 'sqlite' | 'postgresql'
  readonly startedAt: number
  readonly devicesConnected: number
  readonly threadsConnected: number
  readonly researchersConnected: number
  readonly parkedRequests: number
  /** Age of the oldest call that waits for its transaction, milliseconds. */
  readonly queueAgeMs: number
  readonly callsWaiting: number
  readonly batches: number
  readonly batchItemsMean: number
  readonly commitMsMean: number
  readonly unitsPerSecond: number
  /** Of the work that was sealed in the last five minutes, of all servers: an estimate. */
  readonly gflops: number
  readonly unitsDecided: number
  readonly leasesIssued: number
  readonly resultsRecorded: number
  readonly badMessages: number
  /** Jobs that were over for longer than the retention and are unknown now. */
  readonly jobsForgotten: number
  readonly jobs: Readonly<Record<JobState, number>>
}
/** `/api/v1/devices`, a row. */
export interface DeviceRow {
  readonly device: string
  readonly name: string
  readonly kind: 'browser' | 'headless'
  readonly engine: string
  readonly own: boolean
  readonly state: 'new' | 'probation' | 'trusted' | 'suspect' | 'banned'
  readonly connected: boolean
  /** Threads it lends now; 0 while it is not connected. */
  readonly threads: number
  /** Whether it holds units to compute. */
  readonly busy: boolean
  readonly returned: number
  readonly agreed: number
  readonly disagreed: number
  readonly errored: number
  readonly seenAt: number
  /** What the device is told; to the owner of the server only. */
  readonly banReason?: string
  /** What its person says against a strike or a ban; to the owner of the server only. */
  readonly appeal?: string
}
/** How many connected devices hold units to compute, and how many none. */
export interface WorkerCount {
  readonly busy: number
  readonly free: number
}
/** Which connected devices, newest first. */
export interface WorkersRequest {
  /** `next` of the page before; absent for the first. */
  readonly after?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}
/** A researcher's connection. */
export interface ClientRow {
  /** Name of the account it speaks for. */
  readonly account: string
  readonly connectedAt: number
  /** Jobs that it watches. */
  readonly jobs: number
}
/** A page of a list; `next` asks for the following one. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next?: string
}
