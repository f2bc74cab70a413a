/**
 * What the Distributed Sage of 2006–2008 documented, translated: each row's program runs in a process of its own against a real server and two
 * workers, with `d` connected, and what it exports as `value` is what the original gave.
 */
export interface Row {
  /** The original's own lines. */
  readonly original: string
  /** The program; `d` is there. */
  readonly program: string
  readonly value: unknown
}

const squares = '(n) => n * n, [25, 12, 25, 32, 12]'

export const ROWS: readonly Row[] = [
  { original: "job = d('2+2'); job.wait(); job.result", program: "const job = d('2+2'); await job.wait(); value = job.result", value: 4 },
  {
    original: 'print job',
    program:
      "const job = d('2+2'); const before = String(job); await job.wait(); value = [before, String(job).replace(/running|finished/, 'over')]",
    value: ['Job 2+2: submitting', 'Job 2+2: over, 4'],
  },
  {
    original: 'job.wait(timeout)',
    program:
      "const job = d('(() => { for (;;); })()'); value = await job.wait({ timeout: 0.3 }).catch((error) => error.name); await job.kill()",
    value: 'TimedOut',
  },
  {
    original: 'j = d.map(f, [25,12,25,32,12]); d.block_on_jobs(j)',
    program: `const j = d.map(${squares}); value = await d.blockOnJobs(j)`,
    value: [625, 144, 625, 1024, 144],
  },
  {
    original: 'for r in j: print r.result',
    program: `const all = []; for await (const { index, value } of d.map(${squares})) all[index] = value; value = all`,
    value: [625, 144, 625, 1024, 144],
  },
  {
    original: '@parallel(p_iter=d.parallel_iter)\ndef f(n,m): return n+m\nf([(1,2),(5,10/3)])',
    program:
      'const f = d.parallel((n, m) => n + m); const all = []; for await (const [args, sum] of f([[1, 2], [5, 10 / 3]])) all.push([...args, sum]); value = all.sort((a, b) => a[0] - b[0])',
    value: [
      [1, 2, 3],
      [5, 10 / 3, 5 + 10 / 3],
    ],
  },
  {
    original:
      "Scatter Set of Tasks: args [x, 3.14159, 'hello'], kwargs {'distribution': 'normal', 'loc': 1, 'scale': 1, 'bins': 10}; gather",
    program: `const s = d.scatter((x, y, text, { loc, bins } = {}) => [x * y, text, loc, bins])
      s.add([2, 3.5, 'hello'], { distribution: 'normal', loc: 1, scale: 1, bins: 10 })
      const early = s.ready()
      s.add([1, 1, 'again'])
      const gathered = await s.gather()
      value = [early, gathered, s.ready().length]`,
    value: [
      [],
      [
        [7, 'hello', 1, 10],
        [1, 'again', undefined, undefined],
      ],
      2,
    ],
  },
  {
    original: 'f.outstanding_jobs; f.waiting_jobs; f.processed_jobs; f.time; f.stop()',
    program: `const { DistributedFunction } = await import('dsage')
      class Squares extends DistributedFunction {
        result = 0
        #asked = 0
        work = (n) => n * n
        nextJob() { return this.#asked < 20 ? { key: String(++this.#asked), input: this.#asked } : undefined }
        processResult({ output }) {
          this.result += output
          if (output === 1) this.waitingJobs.push({ key: 'extra', input: 100 })
          this.done = this.processedJobs.length === 21
        }
      }
      const f = new Squares(d); const before = [f.time, f.outstandingJobs.length]; const sum = await f.wait()
      const stopped = new Squares(d).start(); const end = stopped.wait().catch((error) => error.name); await stopped.stop()
      value = [before, sum, f.done, f.processedJobs.length, f.outstandingJobs.length, f.waitingJobs.length, f.time > 0, await end]`,
    value: [[0, 0], 2870 + 10_000, true, 21, 0, 0, true, 'JobCancelled'],
  },
  {
    original: 'DistributedFunctionTest(d, 100)',
    program: 'const f = new DistributedFunctionTest(d, 100); await f.start(); value = await f.wait()',
    value: 5050,
  },
  {
    original: 'f = DistributedFactor(d, 2^97-1); f.done; f.prime_factors',
    program:
      "const f = new DistributedFactor(d, '2^97-1'); const { primes, complete } = await f.wait(); value = [f.done, complete, primes.map((p) => p.value)]",
    value: [true, true, [11447n, 13842607235828485645766393n]],
  },
  {
    original: 'job.output; print statements',
    program: `const job = d("(() => { console.log('one', 2n); console.log('\\x1b[31mthree'); return 4 })()")
      const each = d.map((n) => { if (n % 2) console.log('odd', n); return n }, [1, 2, 3], { batch: 1 })
      const units = {}; for await (const { index, lines } of each.outputs()) units[index] = lines
      value = [await job.output(), await job.wait(), await each.output(), units]`,
    value: [['one 2n', '\\u{1b}[31mthree'], 4, ['odd 1', 'odd 3'], { 0: ['odd 1'], 2: ['odd 3'] }],
  },
  {
    original: 'job.failures and the traceback of what failed',
    program: `const job = d.map((n) => {
        const deep = () => n.no.no
        return deep()
      }, [1], { name: 'failing' })
      const error = await job.wait().catch((error) => error)
      value = [error.name, error.error.stack.split('\\n').slice(1, 3).map((line) => line.trim()), error.cause.stack === error.error.stack]`,
    value: ['JobFailed', ['at deep (failing:2:33)', 'at work (failing:3:16)'], true],
  },
  {
    original: 'd.kill(id)',
    program: `const job = d.map((n) => { for (;;); }, [1, 2]); const end = job.wait().catch((error) => error.name)
      while (job.status === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      await d.kill(job.id); value = [await end, job.state]`,
    value: ['JobCancelled', 'cancelled'],
  },
  {
    original: 'job.timeout; job.priority; job.status',
    program: `const job = d.map(${squares}, { timeout: 90, priority: 3 }); const before = [job.timeout, job.killed]; await job.wait()
      value = [before, job.timeout, job.priority, job.killed, job.status.state, job.status.inputs]`,
    value: [[undefined, false], 90, 3, false, 'finished', 5],
  },
  {
    original: 'failures up to job_failure_threshold=3',
    program: `const job = d.map((n) => { if (n === 2) for (;;); return n }, [1, 2], { batch: 1, timeout: 1, redundancy: 'none' })
      const error = await job.wait().catch((error) => error)
      value = [error.name, error.index, /3 tries could not finish it/.test(error.message), job.status.failedInputs]`,
    value: ['JobFailed', 1, true, 1],
  },
  {
    original: 'job.kill(); job.killed',
    program: `const job = d.map((n) => { for (;;); }, [1, 2]); const end = job.wait().catch((error) => error.name)
      while (job.status === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
      await job.kill(); value = [await end, job.state, job.killed]`,
    value: ['JobCancelled', 'cancelled', true],
  },
  {
    original: 'd.kill_all()',
    program: `const ends = [1, 2].map((n) => d.map((n) => { for (;;); }, [n])).map((job) => job.wait().catch((error) => error.name))
      while ((await d.getMyJobs({ active: true })).length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
      value = [await d.killAll(), await Promise.all(ends), await d.getMyJobs({ active: true })]`,
    value: [2, ['JobCancelled', 'JobCancelled'], []],
  },
  {
    original: 'd.get_my_jobs(is_active=False, job_name=name)',
    program: `await d.map(${squares}, { name: 'of mine' }).wait()
      const found = await d.getMyJobs({ active: false, name: 'of mine' })
      const job = await d.job(found[0].job)
      value = [found.length, job.state, await job.wait()]`,
    value: [1, 'finished', [625, 144, 625, 1024, 144]],
  },
  {
    original: 'f = DistributedFunctionTest(d, 100); f.save(); f = DistributedFunctionTest.restore(d)',
    program: `const gone = await connect(process.env.DSAGE_URL, { home: process.env.DSAGE_HOME })
      const file = process.env.DSAGE_HOME + '/sum.json'
      const lost = new DistributedFunctionTest(gone, 100).start()
      const id = await lost.save(file)
      await gone.close()
      const f = await DistributedFunctionTest.restore(d, file, 100)
      value = [await f.wait(), f.id === id]`,
    value: [5050, true],
  },
  {
    original: 'job.rerun()',
    program: `const job = d.map(${squares}, { name: 'again' }); const first = await job.wait()
      const again = job.rerun()
      const copied = await (await d.job(await again.save())).rerun()
      value = [await again.wait(), await copied.wait(), new Set([job.id, again.id, copied.id]).size, first.length]`,
    value: [[625, 144, 625, 1024, 144], [625, 144, 625, 1024, 144], 3, 5],
  },
  {
    original: 'job.save(); job.restore(dsage)',
    program: `const { Job } = await import('dsage')
      const file = process.env.DSAGE_HOME + '/job.json'
      const gone = await connect(process.env.DSAGE_URL, { home: process.env.DSAGE_HOME })
      const id = await gone('2+2').save(file)
      await gone.close()
      const job = await Job.restore(d, file)
      value = [await job.wait(), job.id === id]`,
    value: [4, true],
  },
  {
    original: 'job.write_result(file)',
    program: `const { fromJson, Rational } = await import('dsage')
      const { readFile } = await import('node:fs/promises')
      const file = process.env.DSAGE_HOME + '/result.json'
      await d.map((n) => [2n ** BigInt(n), new Rational(1n, BigInt(n)), n / 2], [1, 64]).writeResult(file)
      const read = fromJson(JSON.parse(await readFile(file, 'utf8')))
      value = read.map(([power, part, half]) => [power, String(part), half])`,
    value: [
      [2n, '1', 0.5],
      [2n ** 64n, '1/64', 32],
    ],
  },
  {
    original: 'd.get_worker_count(); d.get_workers_list(); d.get_client_list()',
    program: `const { busy, free } = await d.getWorkerCount()
      value = [busy + free, (await d.getWorkersList()).map((row) => row.name).sort(), (await d.getClientList()).length >= 1]`,
    value: [2, ['worker-1', 'worker-2'], true],
  },
  {
    original: 'd.cluster_speed()',
    program: `await d.map((n) => n, [1, 2, 3], { batch: 1 }).wait(); value = await d.clusterSpeed() > 0`,
    value: true,
  },
  {
    original: 'd.web_server_url(); d.web_view()',
    program: `const printed = []; console.log = (line) => printed.push(line)
      value = [d.webServerUrl() === process.env.DSAGE_URL + '/', await d.webView() === d.webServerUrl(), printed.length]`,
    value: [true, true, 1],
  },
  {
    original: 'd.server_log(n); d.worker_log(n)',
    program: `const [server, workers] = [await d.serverLog(100), await d.workerLog(2)]
      value = [server.some((line) => JSON.parse(line).msg.startsWith('listening')), workers.map((line) => JSON.parse(line).msg.slice(0, 20))]`,
    value: [true, ['Connected as device ', 'Connected as device ']],
  },
  {
    original: 'dsage.setup(); dsage.server(); dsage.worker(); kill_worker(); kill_server()',
    program: `const { setup, server, worker } = await import('dsage')
      const { mkdtemp, readFile, rm } = await import('node:fs/promises')
      const home = await mkdtemp('/tmp/dsage-parts-')
      const first = await setup({ home }), again = await setup({ home })
      const [s, key] = [await server({ home, port: 0 }), await readFile(home + '/dsage_key', 'utf8')]
      const w = await worker({ url: s.url, home, key })
      const own = await connect(s.url, { home })
      value = [first.made.map((file) => file.slice(home.length + 1)).sort(), again.made, await own('6*7').wait(), (await own.getWorkersList())[0].own]
      await own.close(); await w.stop(); await s.stop()
      value.push(await fetch(s.url).catch((error) => error.cause.code))
      await rm(home, { recursive: true })`,
    value: [['db', 'db/dsage.db', 'dsage_key', 'dsage_key.pub', 'token'], [], 42, true, 'ECONNREFUSED'],
  },
  {
    original: 'the statistics file',
    program: `const { devicesConnected, version } = await (await fetch(process.env.DSAGE_URL + '/api/v1/status')).json()
      value = [devicesConnected, typeof version]`,
    value: [2, 'string'],
  },
  {
    original: 'tmp_worker_files: the last units that workers processed',
    program: `const { execFileSync } = await import('node:child_process')
      await d.map((n) => n + 0.5, [77], { name: 'remembered' }).wait()
      const history = () => JSON.parse(execFileSync(process.execPath, ['bin/dsage', 'worker', '--history', '--json'], { encoding: 'utf8' }))
      let found
      while (!(found = history().find((unit) => unit.name === 'remembered')));
      value = [found.output, found.worker.slice(0, 7), found.server === process.env.DSAGE_URL, found.seconds >= 0]`,
    value: ['77.5', 'worker-', true, true],
  },
  {
    original: 'connect to a set of URLs',
    program: `const far = await connect(['http://127.0.0.1:1', process.env.DSAGE_URL], { home: process.env.DSAGE_HOME })
      value = await far('6*7').wait(); await far.close()`,
    value: 42,
  },
  {
    original: 'from sage.all import gcd; d.map(lambda n: gcd(n, 360), [42, 50])',
    program: "const { gcd } = await import('dsage/math'); value = await d.map((n) => gcd(n, 360), [42, 50]).wait()",
    value: [6n, 10n],
  },
  { original: "'2^360-1' of the notebook", program: "value = await d.math('2^360-1').wait()", value: 2n ** 360n - 1n },
  {
    original: "d.eval('a = b*2; a+1', user_vars={'b': 20}, timeout=600, priority=3, job_name='sum')",
    program:
      "const job = d.eval('const a = b * 2; a + 1', { vars: { b: 20 }, timeout: 600, priority: 3, name: 'sum' }); value = [await job.wait(), job.name]",
    value: [41, 'sum'],
  },
  {
    original: 'job.attach(var)',
    program: 'value = await d.map((n) => table.get(n) / 2n, [1, 2], { vars: { table: new Map([[1, 10n], [2, 20n]]) } }).wait()',
    value: [5n, 10n],
  },
  {
    original: 'job.attach_file(fname)',
    program: `const { writeFile, mkdtemp, rm } = await import('node:fs/promises')
      const folder = await mkdtemp('/tmp/dsage-attached-')
      await writeFile(folder + '/primes.txt', '2 3 5 7 11')
      const files = { bytes: new Uint8Array([1, 2, 250]), path: folder + '/primes.txt', url: new URL('file://' + folder + '/primes.txt') }
      const read = (name, ctx) => name === 'bytes' ? ctx.files.get(name) : new TextDecoder().decode(ctx.files.get(name)).split(' ').map(Number)
      value = [await d.map(read, ['bytes', 'path', 'url'], { files }).wait(), await d.eval('1 + 1', { files }).wait()]
      await rm(folder, { recursive: true })`,
    value: [[Uint8Array.of(1, 2, 250), [2, 3, 5, 7, 11], [2, 3, 5, 7, 11]], 2],
  },
  {
    original: 'd.eval_file(fname)',
    program: `const { writeFile, mkdtemp, rm } = await import('node:fs/promises')
      const folder = await mkdtemp('/tmp/dsage-file-')
      await writeFile(folder + '/sum.ts', "import { gcd } from 'dsage/math'\\nlet n: number = 12\\nn += 8\\ngcd(n, 15)")
      value = await d.evalFile(folder + '/sum.ts').wait()
      await rm(folder, { recursive: true })`,
    value: 5n,
  },
  {
    original: 'DsageNg: code string, pickled function, task object; a module',
    program: `const { workModule } = await import('dsage')
      const { writeFile, mkdtemp, rm } = await import('node:fs/promises')
      const folder = await mkdtemp('/tmp/dsage-module-')
      await writeFile(folder + '/work.ts', 'export const work = (n: number): number => n * 4')
      const object = { factor: 3, work(n) { return n * this.factor } }
      value = [await d.eval('1 * 5').wait(), await d.map((n) => n * 2, [5]).wait(), await d.map(object, [5]).wait(), await d.map(workModule(folder + '/work.ts'), [5]).wait()]
      await rm(folder, { recursive: true })`,
    value: [5, [10], [15], [20]],
  },
]
