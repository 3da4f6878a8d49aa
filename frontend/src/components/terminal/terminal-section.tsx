import { useQuery } from '@tanstack/react-query'
import { MonitorDot, Plus } from 'lucide-react'
import { useState } from 'react'
import { canTenant, whyNot } from '@/api/can'
import type { Account, Terminal } from '@/api/records'
import { accountTerminals } from '@/api/terminal-queries'
import { Loaded } from '@/components/loaded'
import { useMe } from '@/components/session'
import { PairDialog } from '@/components/terminal/pair-dialog'
import { TerminalCard } from '@/components/terminal/terminal-card'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

/** Every terminal that speaks for an account, and the way to one more. */
export function TerminalSection({ account }: { account: Account }) {
  const me = useMe()
  const query = useQuery(accountTerminals(account.id))
  const [subject, setSubject] = useState<Terminal | 'new' | null>(null)
  const add = (
    <Button
      size="sm"
      disabledReason={whyNot(canTenant('connectAccount', null, me))}
      onClick={() => setSubject('new')}
    >
      <Plus /> Pair a terminal
    </Button>
  )
  return (
    <Card
      title="Terminals"
      // On paper there is no MetaTrader to pair: each EA brings its own runner.
      actions={account.platform === 'paper' ? undefined : add}
    >
      <Loaded query={query}>
        {rows =>
          rows.length === 0 ? (
            <EmptyState icon={MonitorDot} title="No terminal speaks for this account" className="py-8">
              {account.platform === 'paper'
                ? 'Each EA that you deploy brings its own.'
                : 'Pair your MetaTrader with a code, and its deals arrive here by themselves.'}
            </EmptyState>
          ) : (
            <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
              {rows.map(row => (
                <TerminalCard key={row.id} account={account} terminal={row} onPair={() => setSubject(row)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <PairDialog account={account} subject={subject} onClose={() => setSubject(null)} />
    </Card>
  )
}
