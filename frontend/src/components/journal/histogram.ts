export interface Bin {
  from: number
  to: number
  count: number
}

const STEPS = [0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100]
/** More bars than this are too thin to be told apart. */
const MOST_BINS = 24

/** Count values in bins of equal width, one of which begins at zero: a gain never shares a bar with a loss. */
export function histogram(values: readonly number[]): Bin[] {
  if (values.length === 0) return []
  const low = Math.min(...values)
  const high = Math.max(...values)
  const step = STEPS.find(width => (high - low) / width <= MOST_BINS - 2) ?? (high - low) / (MOST_BINS - 2)
  const first = Math.floor(low / step)
  const count = Math.floor(high / step) - first + 1
  const bins = Array.from({ length: count }, (_, index) => ({
    from: rounded((first + index) * step),
    to: rounded((first + index + 1) * step),
    count: 0,
  }))
  for (const value of values) {
    const bin = bins[Math.floor(value / step) - first]
    if (bin) bin.count += 1
  }
  return bins
}

const rounded = (value: number): number => Number(value.toFixed(6))
