/** What the options of several commands share. */
import { Option } from 'commander'
import { DEFAULT_PORT } from '../local/server.ts'
import { serverUrl, wholeNumber } from './arguments.ts'

/** Makes an action of what ends with an exit code and gets the home directory first. */
export type Runs = <Words extends unknown[]>(
  command: (home: string, ...words: Words) => Promise<number>,
) => (...words: Words) => Promise<void>

const url = (what: string) => new Option('--url <url>', what).argParser(serverUrl)

/** The server of a command that starts one where there is none. */
export const computingUrl = () => url('the server (default: the one of this home if it runs, else one is started)')
/** The server of a command that starts none. */
export const runningUrl = () => url(`the server (default: the one of this home, else http://127.0.0.1:${DEFAULT_PORT})`)
export const workers = () => new Option('--workers <n>', 'workers to start, one thread each').argParser(wholeNumber(0, 64)).default(2)
export const seconds = (what: string) => new Option('--timeout <seconds>', what).argParser(wholeNumber(1, 86_400))
