/** A gain or loss for a cell as wide as a thumb: `+1.2k`, `−340`, `+12.5`. */
export function shortMoney(value: number): string {
  const size = Math.abs(value)
  if (size < 0.005) return '0'
  const sign = value > 0 ? '+' : '−'
  if (size >= 999_500) return `${sign}${trimmed(size / 1_000_000)}M`
  if (size >= 9995) return `${sign}${trimmed(size / 1000)}k`
  return `${sign}${size >= 100 ? size.toFixed(0) : size.toFixed(size >= 10 ? 1 : 2)}`
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '')
}
