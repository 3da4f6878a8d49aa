import type { SignalScore } from '@/api/models'
import { bps } from '@/components/brain/words'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { cx } from '@/ui/cx'
import { Stat, StatStrip } from '@/ui/stat'
import { Table, Td, Th, Tr } from '@/ui/table'

/** What these signals were worth, together and by model and symbol. */
export function SignalScores({ rows }: { rows: readonly SignalScore[] }) {
  const sum = (of: (row: SignalScore) => number) => rows.reduce((total, row) => total + of(row), 0)
  const judged = sum(row => row.judged)
  const returns = sum(row => row.sumReturnBps ?? 0)
  return (
    <>
      <StatStrip className="mb-4">
        <Stat
          label="Signals"
          value={count(sum(row => row.signals))}
          note={`${count(sum(row => row.buys))} buy, ${count(sum(row => row.sells))} sell`}
        />
        <Stat
          label="Right"
          value={judged ? percent(sum(row => row.hits) / judged) : '—'}
          note={`of ${count(judged)} with a side that are judged`}
        />
        <Stat label="Mean return" value={judged ? bps(returns / judged) : '—'} note="after costs" />
        <Stat label="Sum" value={judged ? bps(returns, 0) : '—'} note="one unit a signal" />
        <Stat
          label="Not judged"
          value={count(sum(row => row.waiting))}
          note={`waiting; ${count(sum(row => row.unknown))} unknown`}
        />
      </StatStrip>
      {rows.length > 1 && (
        <div className="mb-4 overflow-hidden rounded-xl border border-line bg-surface">
          <Table label="By model and symbol">
            <thead>
              <tr>
                <Th>Model</Th>
                <Th>Symbol</Th>
                <Th isNumber>Signals</Th>
                <Th isNumber>Right</Th>
                <Th isNumber className="max-sm:hidden">
                  Interval
                </Th>
                <Th isNumber>Mean return</Th>
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <Tr key={`${row.model} ${row.symbol} ${row.timeframe}`}>
                  <Td className="text-ink">{row.model}</Td>
                  <Td className="whitespace-nowrap">
                    {row.symbol} <span className="text-faint text-xs">{row.timeframe}</span>
                  </Td>
                  <Td isNumber>{count(row.signals)}</Td>
                  <Td isNumber>{percent(row.hitRatio)}</Td>
                  <Td isNumber className="text-muted max-sm:hidden">
                    {row.hitLow === null ? '—' : `${percent(row.hitLow, 0)} to ${percent(row.hitHigh, 0)}`}
                  </Td>
                  <Td
                    isNumber
                    className={cx(
                      row.meanReturnBps !== null && (row.meanReturnBps >= 0 ? 'text-profit' : 'text-loss'),
                    )}
                  >
                    {bps(row.meanReturnBps)}
                  </Td>
                </Tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </>
  )
}
