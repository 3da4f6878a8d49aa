/** A result in multiples of what was risked: `+1.8 R`; a dash where no stop says what that was. */
export function multiple(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—'
  const text = `${Math.abs(value).toFixed(2)} R`
  if (Math.abs(value) < 0.005) return text
  return value > 0 ? `+${text}` : `−${text}`
}
