import { admin } from './admin.ts'
import { credit } from './credit.ts'
import { devices } from './devices.ts'
import { home } from './home.ts'
import { jobs } from './jobs.ts'
import { shell } from './shell.ts'
import { trust } from './trust.ts'
import { volunteer } from './volunteer.ts'

export const en = { shell, home, jobs, devices, volunteer, credit, admin, trust } as const
