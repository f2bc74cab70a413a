import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const LOOK_AGAIN_MS = 100
/** A holder that has not yet written who it is has this long for it. */
const UNSIGNED_MS = 5000

function holderOf(directory) {
  try {
    return Number(readFileSync(join(directory, 'pid'), 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Moves the lock of a dead holder away. Of two that try, one moves it; what turns out to be a living holder's is put back. */
function clearDead(directory) {
  const holder = holderOf(directory)
  const age = Date.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (holder ? isAlive(holder) : age < UNSIGNED_MS) return
  const aside = `${directory}-${process.pid}`
  try {
    renameSync(directory, aside)
    if (holderOf(aside) === holder) rmSync(aside, { recursive: true, force: true })
    else renameSync(aside, directory)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

/** Waits until no other living process holds the lock directory, takes it, and answers with what gives it back. */
export async function takeLock(directory) {
  for (let told = false; ; ) {
    try {
      mkdirSync(directory)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    clearDead(directory)
    if (!told) console.error('waiting for another process that prepares …')
    told = true
    await setTimeout(LOOK_AGAIN_MS)
  }
  writeFileSync(join(directory, 'pid'), String(process.pid))
  const release = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', release)
  return () => {
    process.off('exit', release)
    release()
  }
}
