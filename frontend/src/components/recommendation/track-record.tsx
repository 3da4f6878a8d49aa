import { useQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { useMemo, useState } from 'react'
import {
  type Recommendation,
  type TrackRecord,
  type TrackRecordPage,
  trackRecord,
} from '@/api/recommendations'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { CURRENCY, nameOf, perTrade, VERDICT_ORDER, VERDICTS } from '@/components/recommendation/words'
import { StateBadge } from '@/components/state-badge'
import { axisMoney } from '@/format/money'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'
import { Profit } from '@/ui/profit'
import { Segmented } from '@/ui/segmented'
import { Table, Td, Th } from '@/ui/table'

const HORIZONS = [
  { value: '7', label: 'After a week' },
  { value: '28', label: 'After four weeks' },
] as const
type Horizon = (typeof HORIZONS)[number]['value']

const axis = (value: number) => axisMoney(value, CURRENCY, false)

/** What became of all that was ever recommended, losses included. */
export function TrackRecordTab() {
  return <Loaded query={useQuery(trackRecord())}>{page => <Record page={page} />}</Loaded>
}

function Record({ page }: { page: TrackRecordPage }) {
  const [days, setDays] = useState<Horizon>('7')
  const records = useMemo(
    () => page.records.filter(one => String(one.days) === days).sort(byVerdict),
    [page, days],
  )
  if (page.given === 0)
    return (
      <Card>
        <EmptyState icon={ScrollText} title="Nothing was recommended yet">
          Each recommendation is kept as it was given, and scored a week and four weeks later by a paper test
          on the market's record. Nobody can change or remove one.
        </EmptyState>
      </Card>
    )
  return (
    <div className="grid gap-4">
      <Card
        title="What became of it"
        hint={`${page.given} given, ${page.waiting} not a week old yet`}
        actions={<Segmented label="Scored" options={HORIZONS} value={days} onChange={setDays} />}
      >
        <Curves records={records} />
        <Totals records={records} />
      </Card>
      <Card title="As they were given" hint="The newest first; never changed afterwards" bodyClassName="p-0">
        <Given rows={page.rows} />
      </Card>
    </div>
  )
}

const byVerdict = (one: TrackRecord, other: TrackRecord) =>
  VERDICT_ORDER.indexOf(one.verdict) - VERDICT_ORDER.indexOf(other.verdict)

function Curves({ records }: { records: readonly TrackRecord[] }) {
  const lines = useMemo(
    () =>
      records
        .filter(one => one.curve.length > 0)
        .map(one => ({
          key: one.verdict,
          colour: VERDICT_ORDER.indexOf(one.verdict),
          dots: one.curve.map(dot => ({ time: Date.parse(dot.day) / 1000, value: dot.net })),
        })),
    [records],
  )
  if (lines.length === 0)
    return <p className="py-6 text-center text-muted text-sm">None is old enough to be scored yet.</p>
  return (
    <LinesChart
      lines={lines}
      format={axis}
      label="Summed net of all recommendations, by verdict"
      className="h-56"
    />
  )
}

function Totals({ records }: { records: readonly TrackRecord[] }) {
  if (records.length === 0) return null
  return (
    <Table label="Track record by verdict" className="mt-3">
      <thead>
        <tr>
          <Th>Verdict</Th>
          <Th isNumber>Scored</Th>
          <Th isNumber>Made money</Th>
          <Th isNumber>Trades</Th>
          <Th isNumber>Net</Th>
        </tr>
      </thead>
      <tbody>
        {records.map(one => (
          <tr key={one.verdict}>
            <Td>
              <StateBadge look={VERDICTS[one.verdict]} />
            </Td>
            <Td isNumber>{one.scored}</Td>
            <Td isNumber>
              {one.won} of {one.traded}
            </Td>
            <Td isNumber>{one.trades}</Td>
            <Td isNumber>
              <Profit value={one.net} currency={CURRENCY} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function Given({ rows }: { rows: readonly Recommendation[] }) {
  return (
    <Table label="Recommendations as they were given">
      <thead>
        <tr>
          <Th>Given</Th>
          <Th>What</Th>
          <Th>Verdict</Th>
          <Th>Market was</Th>
          <Th isNumber>Said, a trade</Th>
          <Th isNumber>After a week</Th>
          <Th isNumber>After four weeks</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.id} className="hover:bg-hover">
            <Td className="whitespace-nowrap text-muted">
              <Moment at={row.givenAt} />
            </Td>
            <Td className="whitespace-nowrap">{nameOf(row)}</Td>
            <Td>
              <StateBadge look={VERDICTS[row.verdict]} />
            </Td>
            <Td className="whitespace-nowrap text-muted">{row.regime || 'unknown'}</Td>
            <Td isNumber>{perTrade(row.evidence.netPerTrade)}</Td>
            <Scored row={row} days={7} />
            <Scored row={row} days={28} />
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function Scored({ row, days }: { row: Recommendation; days: number }) {
  const score = row.scores.find(one => one.days === days)
  return (
    <Td isNumber>
      {score ? (
        <span
          title={`${score.won} of ${score.trades} trades won, fall ${perTrade(-score.fall)}; ${score.source}`}
        >
          <Profit value={score.net} currency={CURRENCY} /> <span className="text-faint">{score.trades}</span>
        </span>
      ) : (
        <span className="text-faint">not yet</span>
      )}
    </Td>
  )
}
