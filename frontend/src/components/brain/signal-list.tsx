import { Link } from 'react-router'
import type { Signal } from '@/api/models'
import { bps, confidenceOf, SIGNAL_SIDES } from '@/components/brain/words'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'
import { Table, Td, Th, Tr } from '@/ui/table'

/** Signals, the newest first, each with what became of it. */
export function SignalList({ rows }: { rows: readonly Signal[] }) {
  return (
    <Table label="Signals">
      <thead>
        <tr>
          <Th>Bar</Th>
          <Th className="max-sm:hidden">Symbol</Th>
          <Th>Side</Th>
          <Th isNumber className="max-sm:hidden">
            Sure
          </Th>
          <Th isNumber className="max-md:hidden">
            Size
          </Th>
          <Th className="max-lg:hidden">Model</Th>
          <Th>Outcome</Th>
          <Th isNumber>Return</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.id} data-signal={row.id}>
            <Td className="num whitespace-nowrap text-muted">
              <span className="block text-ink sm:hidden">
                {row.symbol} {row.timeframe}
              </span>
              <Moment at={row.barTime} />
            </Td>
            <Td className="whitespace-nowrap text-ink max-sm:hidden">
              {row.symbol} <span className="text-faint text-xs">{row.timeframe}</span>
            </Td>
            <Td>
              <StateBadge look={SIGNAL_SIDES[row.side]} />
            </Td>
            <Td isNumber className="max-sm:hidden" title={`${percent(row.probability)} that the price rises`}>
              {percent(confidenceOf(row))}
            </Td>
            <Td isNumber className="text-muted max-md:hidden">
              {row.side === 'none' ? '—' : row.size.toFixed(2)}
            </Td>
            <Td className="whitespace-nowrap max-lg:hidden">
              <Link
                to={`/models/${row.modelId}?version=${row.versionId}`}
                className="rounded text-ink hover:underline"
              >
                {row.model} {row.modelVersion}
              </Link>
              {row.isShadow && <span className="ml-1.5 text-faint text-xs">challenger</span>}
            </Td>
            <Td>
              <Outcome signal={row} />
            </Td>
            <Td
              isNumber
              className={cx(
                row.outcome.returnBps !== null && (row.outcome.returnBps >= 0 ? 'text-profit' : 'text-loss'),
              )}
            >
              {bps(row.outcome.returnBps)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

const RESULTS = {
  '': '',
  upper: 'upper barrier',
  lower: 'lower barrier',
  both: 'both barriers in one bar',
  expiry: 'time was up',
} as const

function Outcome({ signal: { outcome } }: { signal: Signal }) {
  if (outcome.state === 'waiting') return <Badge>Waiting</Badge>
  if (outcome.state === 'unknown') {
    return (
      <span title={outcome.reason}>
        <Badge>Unknown</Badge>
      </span>
    )
  }
  return (
    <span title={RESULTS[outcome.result]}>
      <Badge tone={outcome.isHit ? 'profit' : 'loss'}>{outcome.isHit ? 'Right' : 'Wrong'}</Badge>
    </span>
  )
}
