import { formatsOf } from '../formats.ts'

export const { count, decimal, fineDecimal, finePercent, percent, seconds, plural, instant, significant } = formatsOf('en')
