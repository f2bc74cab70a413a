/** The commands that compute something, and those that look after jobs: their options and help, as in `program.ts`. */
import { type Command, Option } from 'commander'
import { wholeNumber } from './arguments.ts'
import { computingUrl, type Runs, runningUrl, seconds, workers } from './options.ts'

export function addJobCommands(program: Command, runs: Runs): void {
  addRun(program).action(runs(async (home, file, words, options) => (await import('./run.ts')).run({ ...options, home, file, words })))
  addMap(program).action(
    runs(async (home, work, inputs, options) => (await import('./map.ts')).mapInputsTo({ ...options, home, work, inputs })),
  )
  addJobs(program).action(runs(async (home, options) => (await import('./jobs.ts')).listJobs({ ...options, home })))
  addJob(program).action(runs(async (home, id, options) => (await import('./job.ts')).showJob({ ...options, home, id })))
  addKill(program).action(runs(async (home, ids, options) => (await import('./kill.ts')).kill({ ...options, home, ids })))
  addDoctor(program).action(runs(async (home, options) => (await import('./doctor.ts')).examine({ ...options, home })))
}

const addRun = (program: Command): Command =>
  program
    .command('run')
    .description(
      'run a program of yours: `d`, if it uses one or has a default export, is a connection to a running server or one that is started',
    )
    .argument('<file>', 'a .ts or .js module; a default export is called with `d`, and what it gives is printed')
    .argument('[words...]', 'what the program finds in process.argv; options of its own stand behind --')
    .addOption(workers())
    .option('--json', 'print what the default export gives as one JSON object', false)
    .addOption(computingUrl())

const addMap = (program: Command): Command =>
  program
    .command('map')
    .description('call a function for each input on workers, and print each input and result as it comes')
    .argument('<work>', "the function, 'n => n * n', or a module that exports `work`")
    .argument('[inputs]', 'a range of integers, 1..10, or a file with a JSON value a line, or - for standard input', '-')
    .addOption(workers())
    .option('--json', 'a JSON object a line: index, input, and value or error', false)
    .option('--name <name>', 'how the job is listed (default: the function)')
    .addOption(new Option('--batch <n>', 'inputs a unit (default: measured)').argParser(wholeNumber(1, 10_000)))
    .addOption(new Option('--priority <n>', '0 to 5, each step doubles the share').argParser(wholeNumber(0, 5)))
    .addOption(seconds('how long one unit may compute (default: 600)'))
    .addOption(computingUrl())

const addJobs = (program: Command): Command =>
  program
    .command('jobs')
    .description('list your jobs, newest first')
    .option('--active', 'only those that are not over', false)
    .option('--name <name>', 'only those of exactly this name')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 10_000)).default(50))
    .option('--json', 'one JSON array', false)
    .option('--watch', 'again whenever it has changed, until Ctrl-C', false)
    .addOption(runningUrl())

const addJob = (program: Command): Command =>
  program
    .command('job')
    .description('show one of your jobs; with --watch until it is over, and then fail unless it finished without failed inputs')
    .argument('<id>', '32 hex digits, as dsage jobs lists them')
    .option('--json', 'one JSON object', false)
    .option('--watch', 'again whenever it has changed', false)
    .addOption(
      new Option('--results <n>', 'with the newest n results: how sure they are, and how many holders agree').argParser(
        wholeNumber(1, 1000),
      ),
    )
    .addOption(runningUrl())

const addKill = (program: Command): Command =>
  program
    .command('kill')
    .description('cancel jobs of yours; devices that compute for them are told at once')
    .argument('[ids...]', 'as dsage jobs lists them')
    .option('--all', 'all of yours that are not over', false)
    .option('--json', 'one JSON object', false)
    .addOption(runningUrl())

const addDoctor = (program: Command): Command =>
  program
    .command('doctor')
    .description('check home, port, database, sandbox, browser and clock, and say how to mend what is broken; fails then')
    .option('--json', 'one JSON object', false)
    .addOption(runningUrl())
