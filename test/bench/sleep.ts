import { setTimeout as after } from 'node:timers/promises'

/** Lets the measured system run. */
export const sleep = (seconds: number): Promise<void> => after(seconds * 1000)
