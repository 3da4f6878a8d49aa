import type { UseQueryResult } from '@tanstack/react-query'
import { ChartLine } from 'lucide-react'
import type { EquityPoint } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { EquityChart, type EquityDot } from '@/ui/equity-chart'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

export const SPANS = [
  { value: '6', label: '6 h' },
  { value: '24', label: '24 h' },
  { value: '168', label: '7 d' },
  { value: '720', label: '30 d' },
] as const

export type Span = (typeof SPANS)[number]['value']

/** The span that the URL names, a day where it names none. */
export function readSpan(text: string | null): Span {
  return SPANS.find(span => span.value === text)?.value ?? '24'
}

interface Props {
  query: UseQueryResult<EquityPoint[]>
  currency: string
  span: Span
  onSpan: (span: Span) => void
  className?: string
  chartClassName?: string
}

export function EquityPanel({ query, currency, span, onSpan, className, chartClassName = 'h-72' }: Props) {
  return (
    <Card
      title="Equity"
      hint="dashed: balance"
      className={className}
      bodyClassName="px-2 pb-2"
      actions={<Segmented label="Span" options={SPANS} value={span} onChange={onSpan} />}
    >
      <Loaded query={query} skeleton={<Skeleton className={chartClassName} />}>
        {points =>
          points.length < 2 ? (
            <EmptyState icon={ChartLine} title="No curve yet" className={chartClassName}>
              It grows with every heartbeat.
            </EmptyState>
          ) : (
            <EquityChart
              dots={points.map(dotOf)}
              currency={currency}
              label={`Equity and balance over the last ${SPANS.find(item => item.value === span)?.label}`}
              className={chartClassName}
            />
          )
        }
      </Loaded>
    </Card>
  )
}

function dotOf(point: EquityPoint): EquityDot {
  return { time: Math.floor(Date.parse(point.at) / 1000), equity: point.equity, balance: point.balance }
}
