import { formatsOf } from '../formats.ts'

export const { count, decimal, percent, seconds, plural, instant, significant } = formatsOf('en')
