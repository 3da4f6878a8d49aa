import { Bot, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Account, Terminal } from '@/api/records'
import { Ago, Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { StateBadge } from '@/components/state-badge'
import { TerminalMenu } from '@/components/terminal/terminal-menu'
import { limitWords, terminalLook, terminalName } from '@/components/terminal/words'
import { offsetWords } from '@/format/zone'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'

interface Props {
  account: Account
  terminal: Terminal
  onPair: () => void
}

/** One terminal: what it is, how it does, and what of it was turned away. */
export function TerminalCard({ account, terminal, onPair }: Props) {
  const now = useNow()
  const limits = terminal.troubles.filter(row => row.kind.startsWith('limit.'))
  return (
    <li
      className={cx(
        'flex min-w-0 flex-col rounded-xl border border-line bg-canvas p-4',
        terminal.revokedAt && 'opacity-70',
      )}
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h3 className="truncate font-medium text-ink text-sm">{terminalName(terminal)}</h3>
          <div className="mt-1.5 flex flex-wrap items-center gap-1.5">
            <StateBadge look={terminalLook(terminal, now)} />
            <Badge>{terminal.hosted ? 'Hosted by metafleet' : 'Own machine'}</Badge>
          </div>
        </div>
        {!terminal.hosted && <TerminalMenu account={account} terminal={terminal} onPair={onPair} />}
      </div>
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
        <Fact label="Last heartbeat">{terminal.heartbeatAt ? <Ago at={terminal.heartbeatAt} /> : '—'}</Fact>
        <Fact label="Platform">
          {terminal.platform.toUpperCase()}
          {terminal.build !== null && ` build ${terminal.build}`}
        </Fact>
        <Fact label={terminal.hosted ? 'Runner' : 'Connector'}>{terminal.version || '—'}</Fact>
        <Fact label="Server time">{offsetWords(terminal.utcOffsetS)}</Fact>
        <Fact label="Trading">{tradeWords(terminal)}</Fact>
        <Fact label={terminal.revokedAt ? 'Revoked' : terminal.enrolledAt ? 'Enrolled' : 'Made'}>
          <Moment at={terminal.revokedAt ?? terminal.enrolledAt ?? terminal.createdAt} />
        </Fact>
      </dl>
      {terminal.hosted && terminal.instanceId && (
        <Link
          to={`/instances/${terminal.instanceId}`}
          className="mt-3 inline-flex items-center gap-1.5 self-start rounded text-accent text-xs hover:underline"
        >
          <Bot aria-hidden className="size-3.5" /> Runs {terminal.instanceName}
        </Link>
      )}
      {limits.map(trouble => (
        <p
          key={trouble.kind}
          className="mt-3 flex items-start gap-2 rounded-lg bg-warn-soft px-3 py-2 text-warn text-xs"
        >
          <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          <span>
            {limitWords(trouble)} Last <Ago at={trouble.lastAt} />. It tries again by itself; if it goes on,
            look for a second copy of the connector.
          </span>
        </p>
      ))}
    </li>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="num truncate text-ink">{children}</dd>
    </div>
  )
}

function tradeWords({ tradeAllowed }: Terminal): string {
  if (tradeAllowed === null) return 'Not known'
  return tradeAllowed ? 'Allowed' : 'Forbidden'
}
