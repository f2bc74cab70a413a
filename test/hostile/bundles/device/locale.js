// Language and time zone of the volunteer, wherever the language asks the machine for them.
export function work() {
  const march = new Date(1_700_000_000_000)
  return [
    Intl.DateTimeFormat().resolvedOptions().timeZone,
    Intl.NumberFormat().resolvedOptions().locale,
    new Intl.Collator([]).resolvedOptions().locale,
    march.getTimezoneOffset(),
    march.getHours(),
    new Date(2023, 10, 14, 22, 13, 20).getTime(),
    Date.parse('2023-11-14T22:13:20'),
    (1234567.5).toLocaleString(),
  ]
}
