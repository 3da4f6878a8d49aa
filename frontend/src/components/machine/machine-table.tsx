import { Link } from 'react-router'
import type { Machine } from '@/api/machines'
import { MachineMenu } from '@/components/machine/machine-menu'
import {
  connectedOf,
  cpuShare,
  diskShare,
  errorsOf,
  latencyOf,
  type MachineChoice,
  type MachineSort,
  memoryShare,
  stateAt,
} from '@/components/machine/machines'
import { errorWords, isSkewed, latency, MACHINE_STATES, skew } from '@/components/machine/words'
import { Ago } from '@/components/moment'
import { ShareBar } from '@/components/operator/share-bar'
import { memory } from '@/components/operator/words'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { cx } from '@/ui/cx'
import { useIsWide } from '@/ui/media'
import { useRowsInSight } from '@/ui/sight'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  rows: readonly Machine[]
  choice: MachineChoice
  now: number
  onSort: (key: MachineSort) => void
}

/** The machines: a table where there is room, cards on a phone. */
export function MachineTable(props: Props) {
  return useIsWide() ? <WideTable {...props} /> : <Cards {...props} />
}

const ROW_PX = 57
const CARD_PX = 117

function WideTable({ rows, choice, now, onSort }: Props) {
  const sight = useRowsInSight<HTMLTableSectionElement>(rows.length, ROW_PX)
  const head = (key: MachineSort) => ({
    onSort: () => onSort(key),
    order:
      choice.sort === key ? (choice.isDown ? ('descending' as const) : ('ascending' as const)) : undefined,
  })
  return (
    <Table label="Machines" rowCount={rows.length + 1}>
      <thead>
        <tr>
          <Th {...head('label')}>Machine</Th>
          <Th {...head('state')}>State</Th>
          <Th {...head('cpu')}>Processor</Th>
          <Th {...head('memory')}>Memory</Th>
          <Th {...head('disk')}>Disk</Th>
          <Th isNumber {...head('clock')}>
            Clock
          </Th>
          <Th isNumber {...head('latency')}>
            Latency
          </Th>
          <Th isNumber {...head('terminals')}>
            Terminals
          </Th>
          <Th isNumber {...head('errors')}>
            Log errors
          </Th>
          <Th {...head('heard')}>Heard</Th>
          <Th />
        </tr>
      </thead>
      <tbody ref={sight.box}>
        <Gap px={sight.above} />
        {sight.rows.map(({ index }) => {
          const row = rows[index]
          return row && <MachineRow key={row.id} row={row} now={now} index={index} measure={sight.measure} />
        })}
        <Gap px={sight.below} />
      </tbody>
    </Table>
  )
}

function Gap({ px }: { px: number }) {
  return px > 0 && <tr aria-hidden style={{ height: px }} />
}

interface RowProps {
  row: Machine
  now: number
  index: number
  measure: (row: Element | null) => void
}

function MachineRow({ row, now, index, measure }: RowProps) {
  return (
    <Tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      <Td className="h-14">
        <Name row={row} />
      </Td>
      <Td>
        <StateBadge look={MACHINE_STATES[stateAt(row, now)]} />
      </Td>
      <Td>
        <ShareBar label="Processor in use" share={cpuShare(row)} />
      </Td>
      <Td>
        <ShareBar
          label={`Memory in use: ${memory(row.memoryUsedMb)} of ${memory(row.memoryMb)}`}
          share={memoryShare(row)}
        />
      </Td>
      <Td>
        <ShareBar label={`Disk in use: ${memory(row.diskFreeMb)} free`} share={diskShare(row)} />
      </Td>
      <Td isNumber className={isSkewed(row.clockSkewMs) ? 'text-warn' : 'text-muted'}>
        {skew(row.clockSkewMs)}
      </Td>
      <Td isNumber className="text-muted">
        {latency(latencyOf(row))}
      </Td>
      <Td isNumber>
        <Connected row={row} />
      </Td>
      <Td isNumber>
        <Errors row={row} />
      </Td>
      <Td className="num whitespace-nowrap text-muted text-xs">
        <Heard row={row} />
      </Td>
      <Td className="text-right">
        <MachineMenu machine={row} />
      </Td>
    </Tr>
  )
}

function Cards({ rows, now }: Props) {
  const sight = useRowsInSight<HTMLUListElement>(rows.length, CARD_PX)
  return (
    <ul
      ref={sight.box}
      className="divide-y divide-line"
      style={{ paddingTop: sight.above, paddingBottom: sight.below }}
    >
      {sight.rows.map(({ index }) => {
        const row = rows[index]
        return row && <MachineCard key={row.id} row={row} now={now} index={index} measure={sight.measure} />
      })}
    </ul>
  )
}

function MachineCard({ row, now, index, measure }: RowProps) {
  return (
    <li ref={measure} data-index={index} className="px-4 py-3">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <Name row={row} />
        </div>
        <StateBadge look={MACHINE_STATES[stateAt(row, now)]} />
        <MachineMenu machine={row} />
      </div>
      <dl className="mt-2 grid grid-cols-3 gap-3">
        <Load label="Processor" share={cpuShare(row)} />
        <Load label="Memory" share={memoryShare(row)} />
        <Load label="Disk" share={diskShare(row)} />
      </dl>
      <p className="num mt-2 flex flex-wrap gap-x-3 gap-y-1 text-muted text-xs">
        <span>
          <Connected row={row} /> connected
        </span>
        {errorsOf(row) > 0 && <span className="text-warn">{errorWords(errorsOf(row))}</span>}
        <span>{latency(latencyOf(row))}</span>
        {isSkewed(row.clockSkewMs) && <span className="text-warn">clock {skew(row.clockSkewMs)}</span>}
        <span className="ml-auto text-faint">
          <Heard row={row} />
        </span>
      </p>
    </li>
  )
}

function Load({ label, share }: { label: string; share: number | null }) {
  return (
    <div className="min-w-0 text-xs">
      <div className="flex justify-between gap-1">
        <dt className="truncate text-faint">{label}</dt>
        <dd className="num text-ink">{percent(share, 0)}</dd>
      </div>
      <div aria-hidden className="mt-1 h-1 overflow-hidden rounded-full bg-line-strong">
        <div
          className={cx('h-full rounded-full', (share ?? 0) > 0.85 ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${Math.min(1, Math.max(0, share ?? 0)) * 100}%` }}
        />
      </div>
    </div>
  )
}

function Name({ row }: { row: Machine }) {
  const beside = [row.name === row.label ? '' : row.name, row.system].filter(Boolean).join(' · ')
  return (
    <>
      <Link
        to={`/machines/${row.id}`}
        className="block max-w-56 truncate rounded font-medium text-ink text-sm hover:text-accent"
      >
        {row.label}
      </Link>
      <span className="block max-w-56 truncate text-faint text-xs">{beside}</span>
    </>
  )
}

function Connected({ row }: { row: Machine }) {
  const connected = connectedOf(row)
  return (
    <span className={cx(connected < row.terminals.length && 'text-loss')}>
      {count(connected)} / {count(row.terminals.length)}
    </span>
  )
}

function Errors({ row }: { row: Machine }) {
  const errors = errorsOf(row)
  return <span className={errors > 0 ? 'text-warn' : 'text-faint'}>{count(errors)}</span>
}

function Heard({ row }: { row: Machine }) {
  return row.heartbeatAt ? <Ago at={row.heartbeatAt} /> : 'never'
}
