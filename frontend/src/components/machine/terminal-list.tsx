import { Link } from 'react-router'
import type { MachineTerminal } from '@/api/machines'
import { latency, PROCESSES, yesNo } from '@/components/machine/words'
import { Ago } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { cx } from '@/ui/cx'
import { useIsWide } from '@/ui/media'
import { Table, Td, Th, Tr } from '@/ui/table'

/** The terminal programs that the agent sees on the machine. */
export function TerminalList({ rows }: { rows: readonly MachineTerminal[] }) {
  return useIsWide() ? <WideList rows={rows} /> : <Cards rows={rows} />
}

function WideList({ rows }: { rows: readonly MachineTerminal[] }) {
  return (
    <Table label="Terminals">
      <thead>
        <tr>
          <Th>Account</Th>
          <Th>Process</Th>
          <Th>Connected</Th>
          <Th>Algo Trading</Th>
          <Th>Experts</Th>
          <Th isNumber>Last tick</Th>
          <Th isNumber>Latency</Th>
          <Th isNumber>Starts</Th>
          <Th>Log errors today</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.terminalId}>
            <Td className="h-14">
              <Name row={row} />
            </Td>
            <Td>
              <StateBadge look={PROCESSES[row.processState]} />
            </Td>
            <Td className={cx(row.isConnected === false && 'text-loss')}>{yesNo(row.isConnected)}</Td>
            <Td className={cx(row.isAlgoTrading === false && 'text-warn')}>{yesNo(row.isAlgoTrading)}</Td>
            <Td className="max-w-40 truncate" title={row.experts.join(', ')}>
              {expertsOf(row)}
            </Td>
            <Td isNumber className="text-muted">
              {row.lastTickAt ? <Ago at={row.lastTickAt} /> : '—'}
            </Td>
            <Td isNumber className="text-muted">
              {latency(row.latencyMs)}
            </Td>
            <Td isNumber className="text-muted">
              {count(row.restarts)}
            </Td>
            <Td className="max-w-56 text-xs" title={row.lastLogError}>
              <span className={cx('num', row.logErrors > 0 ? 'text-warn' : 'text-faint')}>
                {count(row.logErrors)}
              </span>
              {row.lastLogError && <span className="block truncate text-muted">{row.lastLogError}</span>}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

function Cards({ rows }: { rows: readonly MachineTerminal[] }) {
  return (
    <ul className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.terminalId} className="px-4 py-3">
          <div className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <Name row={row} />
            </div>
            <StateBadge look={PROCESSES[row.processState]} />
          </div>
          <p className="num mt-2 flex flex-wrap gap-x-3 gap-y-1 text-muted text-xs">
            <span className={cx(row.isConnected === false && 'text-loss')}>
              Connected: {yesNo(row.isConnected)}
            </span>
            <span className={cx(row.isAlgoTrading === false && 'text-warn')}>
              Algo Trading: {yesNo(row.isAlgoTrading)}
            </span>
            <span>Experts: {expertsOf(row)}</span>
            <span>{latency(row.latencyMs)}</span>
            {row.lastTickAt && (
              <span>
                tick <Ago at={row.lastTickAt} />
              </span>
            )}
          </p>
          {row.lastLogError && <p className="mt-1 break-words text-warn text-xs">{row.lastLogError}</p>}
        </li>
      ))}
    </ul>
  )
}

function Name({ row }: { row: MachineTerminal }) {
  return (
    <>
      <Link
        to={`/accounts/${row.accountId}`}
        title={row.path || undefined}
        className="block max-w-52 truncate rounded font-medium text-ink text-sm hover:text-accent"
      >
        {row.accountLabel}
      </Link>
      <span className="num block max-w-52 truncate text-faint text-xs">
        {row.login} at {row.server}
      </span>
    </>
  )
}

const expertsOf = (row: MachineTerminal): string => row.experts.join(', ') || '—'
