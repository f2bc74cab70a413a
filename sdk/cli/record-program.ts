/** The commands about records of jobs; what they do is loaded when it is needed. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { LIMITS } from '../protocol.ts'
import { type Runs, runningUrl } from './options.ts'

export function addRecordCommands(program: Command, runs: Runs): void {
  program
    .command('record')
    .description('write everything of one of your jobs that is over into one file: code, inputs, results, who gave them, seeds, versions')
    .argument('<job>', 'its id, 32 hex digits')
    .argument('[file]', 'a tar archive (default: dsage-<job>.tar)')
    .addOption(runningUrl())
    .addOption(
      new Option('--files-up-to <MiB>', 'carry the job’s files when they have at most so many MiB together')
        .argParser(mebibytes)
        .default(64),
    )
    .option('--json', 'one JSON object', false)
    .action(
      runs(async (home, job, file, options) =>
        (await import('./record.ts')).record({ ...options, filesUpTo: options.filesUpTo * MEBIBYTE, home, job, file }),
      ),
    )
  program
    .command('verify-record')
    .description('recompute some results of a record on this machine and compare them; nothing else is needed, no server and no key')
    .argument('<file>', 'what `dsage record` wrote')
    .addOption(new Option('--sample <share>', 'how much is recomputed, at least one unit').argParser(percentage).default(0.01, '1%'))
    .option('--file <name=path>', 'a file of the job that the record does not carry; may be repeated', namedFile)
    .addOption(new Option('--seed <n>', 'which part (default: by chance)').argParser(seedNumber))
    .option('--json', 'one JSON object', false)
    .addHelpText('after', '\nExit codes: 0 all that was recomputed agrees, 1 something does not or the file is damaged.')
    .action(runs(async (_home, file, options) => (await import('./verify-record.ts')).verify({ ...options, files: options.file, file })))
}

const MEBIBYTE = 1024 * 1024

function mebibytes(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(count * MEBIBYTE <= LIMITS.fileBytes))
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${LIMITS.fileBytes / MEBIBYTE}.`)
  return count
}

function namedFile(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || path === undefined) throw new InvalidArgumentError('Expected name=path, such as corpus=./corpus.txt.')
  return { ...before, [name]: path }
}

function percentage(text: string): number {
  const share = /^\d{1,3}(\.\d{1,6})?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number.NaN
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError('Expected a percentage above 0% and up to 100%, such as 1%.')
  return share
}

function seedNumber(text: string): number {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(seed < 2 ** 32)) throw new InvalidArgumentError(`Expected a whole number from 0 to ${2 ** 32 - 1}.`)
  return seed
}
