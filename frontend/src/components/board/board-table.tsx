import { ChevronDown, ChevronRight } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'react-router'
import type { BoardRow } from '@/api/board'
import { type BoardChoice, type BoardSort, type Line, totalsOf } from '@/components/board/board'
import { BoardCell, GroupCell, PhaseCell, type RowProps } from '@/components/board/board-cells'
import { type ColumnName, columnOf } from '@/components/board/columns'
import { DrawdownBar } from '@/components/board/drawdown-bar'
import type { Written } from '@/components/board/use-set'
import { HeartbeatAge } from '@/components/heartbeat'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { useIsWide } from '@/ui/media'
import { Profit } from '@/ui/profit'
import { useRowsInSight } from '@/ui/sight'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  lines: readonly Line[]
  /** Beside the account, where there is room for a table. */
  columns: readonly ColumnName[]
  choice: BoardChoice
  chosen: ReadonlySet<string>
  /** Words that groups have, to be suggested. */
  groups: readonly string[]
  /** Why nothing can be changed. */
  reason: string | undefined
  onSort: (key: BoardSort) => void
  onChoose: (ids: readonly string[], isChosen: boolean) => void
  onToggle: (section: string) => void
  onSet: (row: BoardRow, field: Written, value: string) => void
}

const ROW_PX = 57
const CARD_PX = 104

/** Every account, thousands of them: a table where there is room, cards on a phone. */
export function BoardTable(props: Props) {
  return useIsWide() ? <WideTable {...props} /> : <Cards {...props} />
}

function WideTable(props: Props) {
  const { lines, columns, choice, chosen, onSort, onChoose, onToggle } = props
  const sight = useRowsInSight<HTMLTableSectionElement>(lines.length, ROW_PX)
  const ids = lines.flatMap(line => (line.kind === 'row' ? [line.row.id] : []))
  const head = (key: BoardSort) => ({
    onSort: () => onSort(key),
    order:
      choice.sort === key ? (choice.isDown ? ('descending' as const) : ('ascending' as const)) : undefined,
  })
  return (
    <Table label="Board" rowCount={lines.length + 1}>
      <thead>
        <tr>
          <Th>
            <Check
              label="Choose all"
              isOn={ids.length > 0 && ids.every(id => chosen.has(id))}
              onChange={isOn => onChoose(ids, isOn)}
            />
          </Th>
          <Th {...head('label')}>Account</Th>
          {columns.map(name => {
            const { label, isNumber, sort } = columnOf(name)
            return (
              <Th key={name} {...(isNumber ? { isNumber } : {})} {...(sort ? head(sort) : {})}>
                {label}
              </Th>
            )
          })}
        </tr>
      </thead>
      <tbody ref={sight.box}>
        <Gap px={sight.above} />
        {sight.rows.map(({ index }) => {
          const line = lines[index]
          if (!line) return <Gap key={index} px={ROW_PX} />
          if (line.kind === 'section') {
            return (
              <tr key={`section ${line.name}`} ref={sight.measure} data-index={index}>
                <td colSpan={columns.length + 2} className="border-line border-b bg-canvas px-4 py-2">
                  <Section line={line} onToggle={onToggle} />
                </td>
              </tr>
            )
          }
          return (
            <BoardLine
              key={line.row.id}
              row={line.row}
              columns={columns}
              index={index}
              measure={sight.measure}
              isChosen={chosen.has(line.row.id)}
              groups={props.groups}
              reason={props.reason}
              onChoose={onChoose}
              onSet={props.onSet}
            />
          )
        })}
        <Gap px={sight.below} />
      </tbody>
    </Table>
  )
}

function Cards({ lines, groups, reason, onToggle, onSet }: Props) {
  const sight = useRowsInSight<HTMLUListElement>(lines.length, CARD_PX)
  return (
    <ul
      ref={sight.box}
      className="divide-y divide-line"
      style={{ paddingTop: sight.above, paddingBottom: sight.below }}
    >
      {sight.rows.map(({ index }) => {
        const line = lines[index]
        if (!line) return <li key={index} aria-hidden style={{ height: CARD_PX }} />
        return (
          <li
            key={line.kind === 'row' ? line.row.id : `section ${line.name}`}
            ref={sight.measure}
            data-index={index}
            className={line.kind === 'row' ? 'px-4 py-3' : 'bg-canvas px-4 py-2'}
          >
            {line.kind === 'row' ? (
              <CardBody row={line.row} groups={groups} reason={reason} onSet={onSet} />
            ) : (
              <Section line={line} onToggle={onToggle} />
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** The head of a section, with the sums of what is under it. */
function Section({ line, onToggle }: { line: Line & { kind: 'section' }; onToggle: (name: string) => void }) {
  const Arrow = line.isOpen ? ChevronDown : ChevronRight
  return (
    <div className="flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
      <button
        type="button"
        aria-expanded={line.isOpen}
        onClick={() => onToggle(line.name)}
        className="flex items-center gap-1.5 rounded font-medium text-ink"
      >
        <Arrow aria-hidden className="size-4 text-faint" />
        {line.name || 'None'}
        <span className="num text-faint text-xs">{count(line.rows.length)}</span>
      </button>
      {totalsOf(line.rows).map(sum => (
        <span key={sum.currency} className="num flex gap-3 text-muted text-xs">
          <span>{money(sum.equity, sum.currency)}</span>
          <Profit value={sum.dayProfit} currency={sum.currency} />
        </span>
      ))}
    </div>
  )
}

function Gap({ px }: { px: number }) {
  return px > 0 && <tr aria-hidden style={{ height: px }} />
}

function Check({
  label,
  isOn,
  onChange,
}: {
  label: string
  isOn: boolean
  onChange: (isOn: boolean) => void
}) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={isOn}
      onChange={event => onChange(event.target.checked)}
      className="size-4 align-middle accent-accent"
    />
  )
}

interface LineProps extends RowProps {
  index: number
  columns: readonly ColumnName[]
  measure: (row: Element | null) => void
  isChosen: boolean
  onChoose: Props['onChoose']
}

/** Drawn anew when its own row says something new, and not when another's does. */
const BoardLine = memo(function BoardLine({
  index,
  columns,
  measure,
  isChosen,
  onChoose,
  ...own
}: LineProps) {
  const { row } = own
  return (
    <Tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={isChosen ? 'bg-accent-soft' : ''}
    >
      <Td className="w-8">
        <Check label={`Choose ${row.label}`} isOn={isChosen} onChange={isOn => onChoose([row.id], isOn)} />
      </Td>
      <Td className="h-14">
        <Link
          to={`/accounts/${row.id}`}
          className="block max-w-52 truncate font-medium text-ink hover:text-accent"
        >
          {row.label}
        </Link>
        <span className="num block max-w-52 truncate text-faint text-xs">{beside(row)}</span>
      </Td>
      {columns.map(name => (
        <BoardCell key={name} name={name} {...own} />
      ))}
    </Tr>
  )
})

function CardBody(own: RowProps) {
  const { row } = own
  return (
    <>
      <Link to={`/accounts/${row.id}`} className="block rounded">
        <span className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium text-ink text-sm">{row.label}</span>
          <span className="num font-medium text-sm">{money(row.equity, row.currency)}</span>
        </span>
        <span className="mt-0.5 flex items-baseline justify-between gap-3 text-faint text-xs">
          <span className="num truncate">{beside(row)}</span>
          <Profit value={row.dayProfit} currency={row.currency} />
        </span>
      </Link>
      <div className="mt-2 flex items-center gap-4 text-sm">
        <PhaseCell {...own} />
        <GroupCell {...own} />
        <span className="ml-auto text-xs">
          <HeartbeatAge at={row.heartbeatAt} />
        </span>
      </div>
      {row.drawdown && (
        <div className="mt-2">
          <DrawdownBar row={row} />
        </div>
      )}
    </>
  )
}

/** What else tells accounts apart, in one line. */
function beside(row: BoardRow): string {
  return [row.login, row.holder || row.server, row.firm, row.host].filter(Boolean).join(' · ')
}
