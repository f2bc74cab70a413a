/** Counts the words of some files, those beside this one: their texts are the inputs, and the counts of each are added up as they come. */
import { readdirSync, readFileSync } from 'node:fs'
import { startAll } from 'dsage'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))

/** The texts one by one: no more are in memory than the cluster is given ahead. */
function* texts() {
  for (const name of files) yield readFileSync(new URL(name, folder), 'utf8')
}

const d = await startAll({ workers: 2 })
try {
  const job = d.map(
    (text: string) => {
      const counts = new Map<string, number>()
      for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1)
      return counts
    },
    texts(),
    { name: 'word count' },
  )
  const total = await job.reduce((sum, counts) => {
    for (const [word, count] of counts) sum.set(word, (sum.get(word) ?? 0) + count)
    return sum
  }, new Map<string, number>())
  const words = [...total.values()].reduce((sum, count) => sum + count, 0)
  // The most frequent, and of equally frequent ones the first in the alphabet: results come in any order.
  const most = [...total].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, 5)
  console.log(`${words} words, ${total.size} different ones, in ${files.length} files`)
  for (const [word, count] of most) console.log(`${word}: ${count}`)
} finally {
  await d.close()
}
