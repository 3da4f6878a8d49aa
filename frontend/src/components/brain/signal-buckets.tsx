import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type Signal, type SignalQuery, signals } from '@/api/models'
import { bps, confidenceOf } from '@/components/brain/words'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { Table, Td, Th, Tr } from '@/ui/table'

/** What one answer of the hub's may hold. */
const NEWEST = 200
const EDGES = [0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 1.0001] as const

export interface Bucket {
  from: number
  to: number
  judged: number
  hits: number
  said: number
  meanReturnBps: number
}

/** Of signals with a side and a known outcome: how often right, by how sure they were. Empty ones are left out. */
export function bucketsOf(rows: readonly Signal[]): Bucket[] {
  const judged = rows.filter(({ side, outcome }) => side !== 'none' && outcome.state === 'known')
  return EDGES.slice(0, -1).flatMap((from, index) => {
    const to = EDGES[index + 1] ?? 1
    const within = judged.filter(row => confidenceOf(row) >= from && confidenceOf(row) < to)
    if (within.length === 0) return []
    const mean = (of: (row: Signal) => number) =>
      within.reduce((total, row) => total + of(row), 0) / within.length
    return [
      {
        from,
        to: Math.min(to, 1),
        judged: within.length,
        hits: within.filter(row => row.outcome.isHit).length,
        said: mean(confidenceOf),
        meanReturnBps: mean(row => row.outcome.returnBps ?? 0),
      },
    ]
  })
}

/** Is a surer signal right more often? Of the newest that the filters leave. */
export function SignalBuckets({ scope }: { scope: SignalQuery }) {
  const query = useQuery(signals({ ...scope, page: 1, pageSize: NEWEST }))
  const buckets = useMemo(() => bucketsOf(query.data?.items ?? []), [query.data])
  if (buckets.length === 0) return null
  return (
    <Card
      title="By how sure it was"
      hint={`the newest ${count(Math.min(NEWEST, query.data?.total ?? 0))}`}
      bodyClassName="p-0"
      className="mb-4"
    >
      <Table label="By how sure it was">
        <thead>
          <tr>
            <Th>Sure</Th>
            <Th isNumber>Judged</Th>
            <Th isNumber>Right</Th>
            <Th className="w-2/5 max-sm:hidden">
              <span className="sr-only">Right, and what it said</span>
            </Th>
            <Th isNumber className="max-sm:hidden">
              It said
            </Th>
            <Th isNumber>Mean return</Th>
          </tr>
        </thead>
        <tbody>
          {buckets.map(bucket => (
            <Tr key={bucket.from}>
              <Td className="num whitespace-nowrap text-ink">
                {percent(bucket.from, 0)} to {percent(bucket.to, 0)}
              </Td>
              <Td isNumber className="text-muted">
                {count(bucket.judged)}
              </Td>
              <Td isNumber className="font-medium text-ink">
                {percent(bucket.hits / bucket.judged, 0)}
              </Td>
              <Td className="max-sm:hidden">
                <Bar right={bucket.hits / bucket.judged} said={bucket.said} />
              </Td>
              <Td isNumber className="text-muted max-sm:hidden">
                {percent(bucket.said, 0)}
              </Td>
              <Td isNumber className={bucket.meanReturnBps >= 0 ? 'text-profit' : 'text-loss'}>
                {bps(bucket.meanReturnBps)}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}

function Bar({ right, said }: { right: number; said: number }) {
  return (
    <span aria-hidden className="relative block h-3 rounded-sm bg-hover">
      <span
        className="absolute inset-y-0 left-0 rounded-sm bg-accent/70"
        style={{ width: `${right * 100}%` }}
      />
      <span className="absolute inset-y-[-3px] w-0.5 bg-ink" style={{ left: `${said * 100}%` }} />
    </span>
  )
}
