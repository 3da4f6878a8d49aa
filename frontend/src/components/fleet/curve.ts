import type { EquityPoint } from '@/api/records'

/** The equity of several accounts as one curve: at each instant the last known equity of each, summed.
 *
 * An account counts from its first point on, with that point's equity before it, so that a late
 * connection is no jump of fortune. */
export function sumCurves(curves: readonly (readonly EquityPoint[])[]): number[] {
  const own = curves.filter(points => points.length > 0)
  const last = own.map(points => points[0]?.equity ?? 0)
  const steps = own
    .flatMap((points, index) =>
      points.map(point => ({ at: Date.parse(point.at), equity: point.equity, index })),
    )
    .sort((a, b) => a.at - b.at)
  return steps.map(step => {
    last[step.index] = step.equity
    return last.reduce((sum, equity) => sum + equity, 0)
  })
}

/** At most so many values, evenly taken, the last always among them. */
export function thin(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values]
  const step = (values.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, index) => values[Math.round(index * step)] ?? 0)
}
