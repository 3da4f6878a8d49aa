/** A ratio as percent, as `61.5 %`; a dash for none. */
export function percent(ratio: number | null | undefined, digits = 1): string {
  if (ratio === null || ratio === undefined) return '—'
  return `${(ratio * 100).toFixed(digits).replace('-', '−')} %`
}

/** A change as percent with its sign. */
export function signedPercent(ratio: number, digits = 2): string {
  return ratio > 0 ? `+${percent(ratio, digits)}` : percent(ratio, digits)
}

/** A plain ratio, as a profit factor: `1.84`. */
export function ratio(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : value.toFixed(2).replace('-', '−')
}
