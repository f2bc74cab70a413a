// Every clock there is: the time of day, and how long a loop takes.
export async function work() {
  const readings = []
  const read = (f) => {
    try {
      const before = f()
      for (let i = 0; i < 3e6; i++) Math.sqrt(i)
      readings.push(`${before}` === `${f()}` ? 'stands' : 'runs')
    } catch {
      readings.push('absent')
    }
  }
  read(() => performance.now())
  read(() => new Intl.DateTimeFormat('en', { fractionalSecondDigits: 3 }).format())
  read(() => Date.now())
  return [readings, Date.now(), new Date().getTime(), new Date(Date()).getTime()]
}
