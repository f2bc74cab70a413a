/** The portal: status by socket, jobs and devices by REST, all as text. */
import type { DeviceRow, JobSnapshot, Page } from '../sdk/protocol.ts'
import { sentences } from './catalogue.ts'
import { DeviceTable } from './device-table.ts'
import { element, setText } from './elements.ts'
import { JobList } from './job-list.ts'
import { followStatus } from './live-status.ts'
import { poll } from './poll.ts'
import { StatusFigures } from './status-figures.ts'

const figures = new StatusFigures()
const jobs = new JobList()
const devices = new DeviceTable()
const connection = element('connection')

followStatus(
  (status) => figures.show(status),
  (state) => {
    connection.dataset.state = state
    setText(connection, sentences.connection[state])
  },
)
poll<Page<JobSnapshot>>('/api/v1/jobs?limit=20', (page) => jobs.show(page))
poll<Page<DeviceRow>>('/api/v1/devices?limit=200', (page) => devices.show(page))
