import { FlaskConical, Rocket } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { Link } from 'react-router'
import type { Optimisation } from '@/api/optimisations'
import { backtestLink, deployInputsLink } from '@/components/optimisation/links'
import { COLUMNS, type Order, sorted, type TryLine, wholeInputs } from '@/components/optimisation/tries'
import { figure } from '@/components/optimisation/words'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Table, Td, Th, Tr } from '@/ui/table'

const SHOWN = 50

interface Props {
  row: Optimisation
  lines: readonly TryLine[]
  title: string
  actions?: ReactNode
}

/** All tries; a click on a head sorts, each row leads to a backtest or a deployment of its own. */
export function TriesCard({ row, lines, title, actions }: Props) {
  const [order, setOrder] = useState<Order>({ by: 'place', isRising: true })
  const [most, setMost] = useState(SHOWN)
  const rows = useMemo(() => sorted(lines, order), [lines, order])
  const varied = row.search.ranges.map(one => one.name)
  const hasForward = lines.some(line => line.forward)
  const head = (by: string, label: string, isNumber = true) => (
    <Th
      isNumber={isNumber}
      order={order.by === by ? (order.isRising ? 'ascending' : 'descending') : undefined}
      onSort={() => setOrder({ by, isRising: order.by === by ? !order.isRising : by === 'place' })}
    >
      {label}
    </Th>
  )
  return (
    <Card title={title} hint={`${count(lines.length)} of them`} actions={actions} bodyClassName="px-0 pb-0">
      <Table label={title} className="max-h-[34rem] overflow-y-auto [&_td]:h-9">
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            {head('place', '#', false)}
            {varied.map(name => (
              <SortHead key={name}>{head(name, name)}</SortHead>
            ))}
            {head('value', row.search.criterionTitle)}
            {COLUMNS.filter(one => one.name !== row.search.criterion).map(one => (
              <SortHead key={one.name}>{head(one.name, one.label)}</SortHead>
            ))}
            {hasForward && head('forward', 'Forward profit')}
            <Th>
              <span className="sr-only">Do</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map(line => (
            <Line key={line.place} row={row} line={line} varied={varied} hasForward={hasForward} />
          ))}
        </tbody>
      </Table>
      {rows.length > most && (
        <div className="flex justify-center border-line border-t p-2">
          <Button size="sm" variant="ghost" onClick={() => setMost(most * 4)}>
            Show more of {count(rows.length)}
          </Button>
        </div>
      )}
    </Card>
  )
}

const SortHead = ({ children }: { children: ReactNode }) => children

interface LineProps {
  row: Optimisation
  line: TryLine
  varied: readonly string[]
  hasForward: boolean
}

function Line({ row, line, varied, hasForward }: LineProps) {
  const inputs = wholeInputs(row, line)
  return (
    <Tr>
      <Td className="num text-faint">{line.place}</Td>
      {varied.map(name => (
        <Td key={name} isNumber>
          {String(line.inputs[name])}
        </Td>
      ))}
      {line.error ? (
        <Td colSpan={COLUMNS.length + 1} className="max-w-80 truncate text-loss text-xs" title={line.error}>
          {line.error}
        </Td>
      ) : (
        <>
          <Td isNumber className="font-semibold text-ink">
            {figure(line.value)}
          </Td>
          {COLUMNS.filter(one => one.name !== row.search.criterion).map(one => (
            <Td key={one.name} isNumber>
              {figure(line.figures[one.name])}
            </Td>
          ))}
          {hasForward && <Td isNumber>{figure(line.forward?.net_profit)}</Td>}
        </>
      )}
      <Td className="whitespace-nowrap text-right">
        <Button asChild size="icon" variant="ghost" aria-label={`Backtest try ${line.place}`}>
          <Link to={backtestLink(row, inputs)} title="Backtest this">
            <FlaskConical />
          </Link>
        </Button>
        <Button
          asChild
          size="icon"
          variant="ghost"
          aria-label={`Deploy with the inputs of try ${line.place}`}
        >
          <Link to={deployInputsLink(row, inputs)} title="Deploy with these inputs">
            <Rocket />
          </Link>
        </Button>
      </Td>
    </Tr>
  )
}
