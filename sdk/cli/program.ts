/** The commands, their options and help. What they do stands in a file each, which is loaded when it is needed: help shall be there at once. */
import { Command, Option } from 'commander'
import { homeDirectory } from '../local/home.ts'
import { DEFAULT_PORT } from '../local/server.ts'
import { deviceName, integerToFactor, wholeNumber } from './arguments.ts'
import { addJobCommands } from './job-commands.ts'
import { computingUrl, type Runs, runningUrl, seconds, workers } from './options.ts'
import { packageVersion } from './package-version.ts'
import { addRecordCommands } from './record-program.ts'

const port = () =>
  new Option(
    '--port <port>',
    `port on loopback, 0 for any free one (default: ${DEFAULT_PORT}, or any free one when that is taken)`,
  ).argParser(wholeNumber(0, 65_535))
const databaseUrl = () =>
  new Option('--database-url <url>', 'postgresql://…, better given as DATABASE_URL (default: SQLite in the home)').env('DATABASE_URL')

/** @param done told the exit code of the command that ran */
export function makeProgram(done: (code: number) => void): Command {
  const program = new Command('dsage')
    .description('Distributed computing in a browser tab: server, workers and jobs on this machine.')
    .version(packageVersion(), '--version', 'print the version')
    .option('--home <directory>', 'home directory (default: DSAGE_HOME, else ~/.dsage)')
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 the command line was not understood.')
  const home = () => homeDirectory(program.opts<{ home?: string }>().home)
  const runs: Runs =
    (command) =>
    async (...words) =>
      done(await command(home(), ...words))
  addStart(program).action(runs(async (at, options) => (await import('./start.ts')).start({ ...options, home: at })))
  addEval(program).action(
    runs(async (at, expression, options) => (await import('./eval.ts')).evaluate({ ...options, expression, home: at })),
  )
  addFactor(program).action(runs(async (at, number, options) => (await import('./factor.ts')).factor({ ...options, number, home: at })))
  addRepl(program).action(runs(async (at, options) => (await import('./repl.ts')).runRepl({ ...options, home: at })))
  addJobCommands(program, runs)
  program
    .command('server')
    .description('start a server and wait until Ctrl-C')
    .addOption(port())
    .addOption(databaseUrl())
    .action(runs(async (at, options) => (await import('./server.ts')).runServer({ ...options, home: at })))
  addWorker(program).action(
    runs(async (at, options) =>
      options.history
        ? (await import('./worker-history.ts')).printHistory({ ...options, home: at })
        : (await import('./worker.ts')).runWorker({ ...options, home: at }),
    ),
  )
  addSetup(program).action(
    runs(async (at, options) => {
      const passphrase = process.env.DSAGE_PASSPHRASE
      return (await import('./setup.ts')).printSetup({ ...options, home: at, ...(passphrase && { passphrase }) })
    }),
  )
  addRecordCommands(program, runs)
  addCredit(program).action(runs(async (at, options) => (await import('./credit.ts')).printCredit({ ...options, home: at })))
  addStatus(program).action(runs(async (at, options) => (await import('./status.ts')).printStatus({ ...options, home: at })))
  return program
}

function addWorker(program: Command): Command {
  return program
    .command('worker')
    .description('lend this machine to a server until Ctrl-C')
    .addOption(runningUrl())
    .addOption(new Option('--threads <n>', 'units computed at a time').argParser(wholeNumber(1, 1024)).default(1))
    .addOption(
      new Option('--name <name>', 'how the device is listed: letters, digits, dots, dashes, underscores')
        .argParser(deviceName)
        .default('worker'),
    )
    .option(
      '--key <file>',
      'private key that logs in (default: dsage_key of the home); DSAGE_PASSPHRASE, or a question, for its passphrase',
    )
    .option('--anonymous', 'be a stranger to the server, not a device of your own', false)
    .option('--history', 'start nothing: list the last units that workers of this home processed, the newest first', false)
    .addOption(new Option('--limit <n>', 'with --history: at most that many').argParser(wholeNumber(1, 1_000_000)).default(20))
    .option('--json', 'with --history: print JSON', false)
}

function addSetup(program: Command): Command {
  return program
    .command('setup')
    .description('make the home, its key (encrypted when DSAGE_PASSPHRASE is set), the database and your account; what exists is kept')
    .addOption(databaseUrl())
}

function addStart(program: Command): Command {
  return program
    .command('start')
    .description('start server, portal and workers, factor a number on them, then keep a small demonstration running until Ctrl-C')
    .option('--once', 'end after the factors; fail when they are wrong or late, or when the work was not really shared', false)
    .addOption(
      new Option('--number <n>', 'the integer to factor, as in 11^150+1')
        .argParser(integerToFactor)
        .default(integerToFactor('2^360-1'), '2^360-1'),
    )
    .addOption(workers())
    .addOption(port())
    .addOption(seconds('with --once: how long the factorisation may take').default(120))
}

function addEval(program: Command): Command {
  return program
    .command('eval')
    .description('compute one expression on a worker: of a running server, or some that are started for it')
    .argument('<expression>', "JavaScript, '2n ** 64n + 1n'; with --math the usual notation, '2^64 + 1'")
    .option('--math', 'read the usual notation: ^ is power, integers and fractions are exact', false)
    .addOption(workers())
    .option('--json', 'one JSON object', false)
    .addOption(seconds('how long to wait for the value; then the job is cancelled'))
    .addOption(computingUrl())
}

function addRepl(program: Command): Command {
  return program
    .command('repl')
    .description('a prompt with `d` ready, top-level await and completion, on a running server or one that is started')
    .addOption(workers())
    .addOption(computingUrl())
}

function addFactor(program: Command): Command {
  return program
    .command('factor')
    .description('factor an integer on workers: those of a running server, or some that are started for it')
    .argument('<expression>', 'the integer, as in 11^150+1', integerToFactor)
    .addOption(workers())
    .option('--no-algebra', 'do not split a^k ± 1 by algebra first')
    .option('--json', 'one JSON object', false)
    .addOption(seconds('end with what is known after so long'))
    .addOption(computingUrl())
}

function addStatus(program: Command): Command {
  return program
    .command('status')
    .description('show devices, jobs, speed and queue of a server')
    .addOption(runningUrl())
    .option('--json', 'one JSON object', false)
    .option('--watch', 'again whenever it has changed, until Ctrl-C', false)
}

function addCredit(program: Command): Command {
  return program
    .command('credit')
    .description('who earned most by sealed results, and the ledger of it')
    .addOption(new Option('--of <who>', 'whose credit').choices(['accounts', 'devices', 'teams']).default('accounts'))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 10_000)).default(20))
    .addOption(new Option('--ledger <form>', 'write the whole ledger instead').choices(['csv', 'ndjson']))
    .option('--json', 'print JSON', false)
    .addOption(runningUrl())
}
