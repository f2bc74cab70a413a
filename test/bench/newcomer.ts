import type { BrowserEngine } from '../support/browsers/browser.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { DemoCluster, joinAsNewcomer, type Welcomed } from '../support/newcomer.ts'
import { median, percentile, type Report, type Row } from './report.ts'

const NEWCOMERS = 7

async function welcomed(engine: BrowserEngine, url: string): Promise<Row[]> {
  const browser = await engine.launch()
  const all: Welcomed[] = []
  try {
    while (all.length < NEWCOMERS) all.push(await joinAsNewcomer(browser, url))
  } finally {
    await browser.close()
  }
  const rows = (what: string, values: readonly number[]): Row[] => [
    { name: `${engine.name}, ${what}, median`, value: median(values), unit: 'ms' },
    { name: `${engine.name}, ${what}, max`, value: percentile(values, 1), unit: 'ms' },
  ]
  return [
    ...rows(
      'from consent to work',
      all.map(({ hadWork }) => hadWork),
    ),
    ...rows(
      'from consent to the first finished unit',
      all.map(({ finishedFirst }) => finishedFirst),
    ),
  ]
}

/** How soon has somebody who opens the page beside two busy workers something to do? */
export async function newcomer(): Promise<Report> {
  const cluster = await DemoCluster.start()
  const rows: Row[] = []
  try {
    for (const engine of browsers) if (engine.missing() === undefined) rows.push(...(await welcomed(engine, cluster.url)))
  } finally {
    await cluster.stop()
  }
  return { bench: 'newcomer', settings: { newcomers: NEWCOMERS }, rows }
}
