import { Bot } from 'lucide-react'
import { Link } from 'react-router'
import type { Account, Instance } from '@/api/records'
import { HeartbeatAge } from '@/components/heartbeat'
import { InstanceState } from '@/components/instance/state'
import { Button } from '@/ui/button'
import { EmptyState } from '@/ui/empty-state'
import { Profit } from '@/ui/profit'

/** The EAs that trade on an account. */
export function InstancesOn({ account, rows }: { account: Account; rows: readonly Instance[] }) {
  if (rows.length === 0 && account.ownTerminal) {
    return (
      <EmptyState icon={Bot} title="Your own terminal trades here">
        EAs on your machine report their trades by their magic numbers; the journal tells them apart.
      </EmptyState>
    )
  }
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={Bot}
        title="No EA trades here yet"
        actions={
          <Button asChild variant="primary">
            <Link to={`/deploy?account=${account.id}`}>Deploy one here</Link>
          </Button>
        }
      />
    )
  }
  return (
    <ul className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id}>
          <Link
            to={`/instances/${row.id}`}
            className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1.5 px-4 py-3 text-sm outline-offset-[-3px] hover:bg-hover"
          >
            <span className="min-w-0">
              <span className="block truncate font-medium text-ink">{row.name}</span>
              <span className="block text-faint text-xs">
                {row.symbol} · {row.templateName}
              </span>
            </span>
            <Profit value={row.totalProfit} currency={row.currency} className="font-medium" />
            <InstanceState instance={row} />
            <span className="justify-self-end text-xs">
              <HeartbeatAge at={row.heartbeatAt} isExpected={row.state !== 'stopped'} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
