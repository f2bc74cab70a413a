/** The pages; the first two come with the portal, the others when they are opened. server/transport/pages.ts serves the same paths. */
import { createRouter } from 'sv-router'
import Home from './pages/home.svelte'
import Missing from './pages/missing.svelte'

export const { p, navigate, isActive, route } = createRouter({
  '/': Home,
  '/volunteer': () => import('./pages/volunteer.svelte'),
  '/jobs': () => import('./pages/jobs.svelte'),
  '/jobs/:job': () => import('./pages/job.svelte'),
  '/devices': () => import('./pages/devices.svelte'),
  '/leaderboard': () => import('./pages/leaderboard.svelte'),
  '/admin': () => import('./pages/admin.svelte'),
  '*': Missing,
})
