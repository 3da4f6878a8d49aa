import type { CardMetric, Estimate } from '@/api/model-card'
import { percent } from '@/format/percent'
import { Table, Td, Th, Tr } from '@/ui/table'

const SHARE = 'share'

/** What the model was worth on prices unseen, with its interval, and the baseline's beside it. */
export function MetricsTable({ metrics }: { metrics: readonly CardMetric[] }) {
  return (
    <Table label="Out of sample">
      <thead>
        <tr>
          <Th>Out of sample</Th>
          <Th isNumber>Model</Th>
          <Th isNumber className="max-sm:hidden">
            Interval
          </Th>
          <Th isNumber>Baseline</Th>
        </tr>
      </thead>
      <tbody>
        {metrics.map(metric => (
          <Tr key={metric.name}>
            <Td className="text-ink">
              {metric.title}
              {metric.unit && metric.unit !== SHARE && (
                <span className="ml-1.5 text-faint text-xs">{metric.unit}</span>
              )}
              {interval(metric.model, metric.unit) && (
                <span className="num block text-faint text-xs sm:hidden">
                  {interval(metric.model, metric.unit)}
                </span>
              )}
            </Td>
            <Td isNumber className="font-medium text-ink">
              {figure(metric.model.value, metric.unit)}
            </Td>
            <Td isNumber className="text-muted max-sm:hidden">
              {interval(metric.model, metric.unit) || '—'}
            </Td>
            <Td
              isNumber
              className="text-muted"
              title={metric.baseline ? interval(metric.baseline, metric.unit) : ''}
            >
              {figure(metric.baseline?.value ?? null, metric.unit)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** As its unit has it: shares as percent, basis points by hundredths. */
export function figure(value: number | null, unit = ''): string {
  if (value === null) return '—'
  if (unit === SHARE) return percent(value)
  const size = Math.abs(value)
  if (Number.isInteger(value) || size >= 1000)
    return Math.round(value).toLocaleString('en-GB').replace('-', '−')
  return value.toFixed(size >= 100 ? 1 : size >= 1 || unit === 'bps' ? 2 : 4).replace('-', '−')
}

const interval = ({ low, high }: Estimate, unit: string): string =>
  low === null && high === null ? '' : `${figure(low, unit)} to ${figure(high, unit)}`
