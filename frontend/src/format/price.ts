/** A price with the digits of its symbol; a dash where there is none. */
export function price(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '—' : value.toFixed(digits)
}

/** How many digits the prices of a symbol have, read off them where its specification is not at hand. */
export function digitsOf(values: readonly number[]): number {
  const lengths = values.map(value => String(value).split('.')[1]?.length ?? 0)
  return Math.min(Math.max(2, ...lengths), 8)
}
