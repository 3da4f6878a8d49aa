import { memo, useEffect, useEffectEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import type { FleetWindow, Instance } from '@/api/records'
import type { FleetSort, SortKey } from '@/components/fleet/sorting'
import { HeartbeatAge } from '@/components/heartbeat'
import { QuickAction } from '@/components/instance/actions'
import { InstanceState } from '@/components/instance/state'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { useIsWide } from '@/ui/media'
import { Profit } from '@/ui/profit'
import { useRowsInSight } from '@/ui/sight'
import { Table, Td, Th, Tr } from '@/ui/table'
import { Ticking } from '@/ui/ticking'

interface Props {
  /** The rows that are here, and how many there are. */
  seen: FleetWindow
  /** Hears which row is the first in sight. */
  onSight: (row: number) => void
  sort: FleetSort
  onSort: (key: SortKey) => void
}

const ROW_PX = 57
const CARD_PX = 94

/** Every instance, thousands of them: a table where there is room, cards on a phone. */
export function InstanceList(props: Props) {
  return useIsWide() ? <InstanceTable {...props} /> : <InstanceCards {...props} />
}

function InstanceCards({ seen, onSight }: Props) {
  const sight = useRowsInSight<HTMLUListElement>(seen.total, CARD_PX)
  useFirstInSight(sight.rows[0]?.index, onSight)
  return (
    <ul
      ref={sight.box}
      className="divide-y divide-line"
      style={{ paddingTop: sight.above, paddingBottom: sight.below }}
    >
      {sight.rows.map(({ index }) => {
        const row = seen.items[index - seen.offset]
        if (!row) return <li key={index} aria-hidden style={{ height: CARD_PX }} />
        return <InstanceCard key={row.id} row={row} index={index} measure={sight.measure} />
      })}
    </ul>
  )
}

function InstanceTable({ seen, onSight, sort, onSort }: Props) {
  const sight = useRowsInSight<HTMLTableSectionElement>(seen.total, ROW_PX)
  useFirstInSight(sight.rows[0]?.index, onSight)
  const head = (key: SortKey) => ({
    onSort: () => onSort(key),
    order: sort.key === key ? (sort.isDown ? ('descending' as const) : ('ascending' as const)) : undefined,
  })
  return (
    <Table label="EA instances" rowCount={seen.total + 1}>
      <thead>
        <tr>
          <Th {...head('name')}>EA</Th>
          <Th {...head('state')}>State</Th>
          <Th {...head('account')}>Account</Th>
          <Th {...head('symbol')}>Symbol</Th>
          <Th isNumber {...head('equity')}>
            Equity
          </Th>
          <Th isNumber {...head('floating')}>
            Floating
          </Th>
          <Th isNumber {...head('day')}>
            Today
          </Th>
          <Th isNumber {...head('trades')}>
            Trades
          </Th>
          <Th {...head('heartbeat')}>Heartbeat</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody ref={sight.box}>
        <Gap px={sight.above} />
        {sight.rows.map(({ index }) => {
          const row = seen.items[index - seen.offset]
          if (!row) return <Gap key={index} px={ROW_PX} />
          return <InstanceRow key={row.id} row={row} index={index} measure={sight.measure} />
        })}
        <Gap px={sight.below} />
      </tbody>
    </Table>
  )
}

/** The list's owner loads the rows in sight, wherever the page was scrolled to. */
function useFirstInSight(row: number | undefined, onSight: (row: number) => void) {
  const tell = useEffectEvent(onSight)
  useEffect(() => {
    if (row !== undefined) tell(row)
  }, [row])
}

/** What is out of sight, or not here yet. */
function Gap({ px }: { px: number }) {
  return px > 0 && <tr aria-hidden style={{ height: px }} />
}

interface RowProps {
  row: Instance
  index: number
  measure: (row: Element | null) => void
}

/** Drawn anew when its own row says something new, and not when another's does. */
const InstanceRow = memo(function InstanceRow({ row, index, measure }: RowProps) {
  const navigate = useNavigate()
  return (
    <Tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className="cursor-pointer"
      onClick={event => isPlainClick(event) && void navigate(`/instances/${row.id}`)}
    >
      <Td className="h-14">
        <Link
          to={`/instances/${row.id}`}
          className="block max-w-56 truncate font-medium text-ink hover:text-accent"
        >
          {row.name}
        </Link>
        <span className="block text-faint text-xs">
          {row.templateName} {row.version}
        </span>
      </Td>
      <Td>
        <InstanceState instance={row} />
      </Td>
      <Td className="max-w-40 truncate text-muted">{row.accountLabel}</Td>
      <Td className="font-medium">{row.symbol}</Td>
      <Td isNumber>
        <Ticking value={row.equity} text={money(row.equity, row.currency)} />
      </Td>
      <Td isNumber>
        {row.openPositions > 0 ? (
          <Profit value={row.floatingProfit} currency={row.currency} />
        ) : (
          <span className="text-faint">—</span>
        )}
      </Td>
      <Td isNumber>
        <Profit value={row.dayProfit} currency={row.currency} />
      </Td>
      <Td isNumber className="text-muted">
        {count(row.tradeCount)}
      </Td>
      <Td>
        <HeartbeatAge at={row.heartbeatAt} isExpected={row.state !== 'stopped'} />
      </Td>
      <Td className="text-right">
        <QuickAction instance={row} />
      </Td>
    </Tr>
  )
})

const InstanceCard = memo(function InstanceCard({ row, index, measure }: RowProps) {
  return (
    <li ref={measure} data-index={index} className="flex items-start gap-2 px-4 py-3">
      <Link to={`/instances/${row.id}`} className="min-w-0 flex-1 rounded">
        <span className="flex items-center justify-between gap-3">
          <span className="truncate font-medium text-ink text-sm">{row.name}</span>
          <Profit value={row.dayProfit} currency={row.currency} className="font-medium text-sm" />
        </span>
        <span className="mt-0.5 flex items-center justify-between gap-3 text-faint text-xs">
          <span className="truncate">
            {row.symbol} · {row.accountLabel}
          </span>
          <span className="num">{money(row.equity, row.currency)}</span>
        </span>
        <span className="mt-2.5 flex items-center justify-between gap-3 text-xs">
          <InstanceState instance={row} />
          <HeartbeatAge at={row.heartbeatAt} isExpected={row.state !== 'stopped'} />
        </span>
      </Link>
      <QuickAction instance={row} />
    </li>
  )
})

/** A click on the row itself: not on a control or a dialog in it, and no text being marked. */
function isPlainClick(event: React.MouseEvent<HTMLElement>): boolean {
  const target = event.target as HTMLElement
  if (!event.currentTarget.contains(target)) return false
  return !target.closest('a, button, [role="dialog"]') && !window.getSelection()?.toString()
}
