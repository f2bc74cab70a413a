/** Numbers and times as people of one language write them. */
export interface Formats {
  readonly count: (value: number) => string
  readonly decimal: (value: number) => string
  /** Three digits that count, however small it is. */
  readonly significant: (value: number) => string
  readonly fineDecimal: (value: number) => string
  readonly percent: (share: number) => string
  /** With hundredths where they say something: 98.47 % is not 98 %, and nothing but certainty is 100 %. */
  readonly finePercent: (share: number) => string
  /** Milliseconds below one second, tenths below ten, whole seconds above, minutes and hours beyond. */
  readonly seconds: (value: number) => string
  /** `one` where the language says so of `value`, else `many`, with the number before it. */
  readonly plural: (value: number, one: string, many: string) => string
  /** A point in time, milliseconds since 1970. */
  readonly instant: (at: number) => string
}

export function formatsOf(locale: string): Formats {
  const whole = new Intl.NumberFormat(locale)
  const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const three = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 })
  const hundredth = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const fine = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2, roundingMode: 'trunc' })
  const units = (unit: string, digits = 0) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, style: 'unit', unit })
  const [milliseconds, tenths, seconds] = [units('millisecond'), units('second', 1), units('second')]
  const [minutes, hours] = [units('minute'), units('hour')]
  const rules = new Intl.PluralRules(locale)
  const instants = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  return {
    count: (value) => whole.format(value),
    decimal: (value) => tenth.format(value),
    significant: (value) => three.format(value),
    fineDecimal: (value) => hundredth.format(value),
    percent: (share) => percents.format(share),
    finePercent: (share) => fine.format(share),
    seconds: (value) => {
      if (value < 0.9995) return milliseconds.format(Math.max(0, value) * 1000)
      if (value < 10) return tenths.format(value)
      if (value < 60) return seconds.format(Math.floor(value))
      const rest = Math.floor(value / 60)
      return rest < 60 ? minutes.format(rest) : `${hours.format(Math.floor(rest / 60))} ${minutes.format(rest % 60)}`
    },
    plural: (value, one, many) => `${whole.format(value)} ${rules.select(value) === 'one' ? one : many}`,
    instant: (at) => instants.format(at),
  }
}
