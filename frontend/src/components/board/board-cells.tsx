import type { BoardRow } from '@/api/board'
import { PHASES } from '@/components/board/board'
import type { ColumnName } from '@/components/board/columns'
import { CurveCell } from '@/components/board/curve-cell'
import { DrawdownBar } from '@/components/board/drawdown-bar'
import { EditCell } from '@/components/board/edit-cell'
import { ProgrammeCell } from '@/components/board/programme-cell'
import type { Written } from '@/components/board/use-set'
import { HeartbeatAge } from '@/components/heartbeat'
import { money } from '@/format/money'
import { Profit } from '@/ui/profit'
import { Td } from '@/ui/table'
import { Ticking } from '@/ui/ticking'

export interface RowProps {
  row: BoardRow
  groups: readonly string[]
  reason: string | undefined
  onSet: (row: BoardRow, field: Written, value: string) => void
}

/** What a column says of an account. */
export function BoardCell({ name, ...own }: RowProps & { name: ColumnName }) {
  const { row } = own
  switch (name) {
    case 'phase':
      return (
        <Td>
          <PhaseCell {...own} />
        </Td>
      )
    case 'programme':
      return (
        <Td>
          <ProgrammeCell row={row} reason={own.reason} />
        </Td>
      )
    case 'group':
      return (
        <Td>
          <GroupCell {...own} />
        </Td>
      )
    case 'curve':
      return (
        <Td>
          <CurveCell id={row.id} label={row.label} />
        </Td>
      )
    case 'balance':
      return (
        <Td isNumber className="text-muted">
          {money(row.balance, row.currency)}
        </Td>
      )
    case 'equity':
      return (
        <Td isNumber className="font-medium">
          <Ticking value={row.equity} text={money(row.equity, row.currency)} />
        </Td>
      )
    case 'day':
      return (
        <Td isNumber>
          <Profit value={row.dayProfit} currency={row.currency} />
        </Td>
      )
    case 'total':
      return (
        <Td isNumber>
          <Profit value={row.totalProfit} currency={row.currency} />
        </Td>
      )
    case 'drawdown':
      return (
        <Td className="min-w-32">
          <DrawdownBar row={row} />
        </Td>
      )
    case 'positions':
      return <Td isNumber>{row.openPositions}</Td>
    case 'days':
      return (
        <Td isNumber className="text-muted">
          {row.daysTraded}
        </Td>
      )
    case 'heartbeat':
      return (
        <Td>
          <HeartbeatAge at={row.heartbeatAt} />
        </Td>
      )
  }
}

export function PhaseCell({ row, reason, onSet }: RowProps) {
  return (
    <EditCell
      label="Phase"
      value={row.phase}
      words={PHASES}
      isRequired
      reason={reason}
      onSet={value => onSet(row, 'phase', value)}
    />
  )
}

export function GroupCell({ row, groups, reason, onSet }: RowProps) {
  return (
    <EditCell
      label="Group"
      value={row.group}
      words={groups}
      reason={reason}
      onSet={value => onSet(row, 'group', value)}
    />
  )
}
