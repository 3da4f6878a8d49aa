import { useQuery } from '@tanstack/react-query'
import { RotateCcw, Scale } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { canWith, whyNot } from '@/api/can'
import { type AccountLimits, accountLimits, type DailyMove } from '@/api/limits'
import type { Account } from '@/api/records'
import { BreachBanner } from '@/components/limits/breach-banner'
import { DayPanel } from '@/components/limits/day-panel'
import { GoalList } from '@/components/limits/goal-list'
import { LimitFacts } from '@/components/limits/limit-facts'
import { Loaded } from '@/components/loaded'
import { useMe } from '@/components/session'
import { PhaseBeginDialog } from '@/forms/phase-begin'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

/** How an account stands by its firm's programme: what is used of each limit, and how far a breach is. */
export function LimitsCard({ account }: { account: Account }) {
  const query = useQuery(accountLimits(account.id))
  const reason = whyNot(canWith('deploy', useMe()))
  const [isBeginning, setBeginning] = useState(false)
  const found = query.data
  return (
    <div id="limits" ref={arrive} className="scroll-mt-16">
      <Card
        title="Limits"
        hint={
          found?.programmeId && (
            <>
              {found.firm} {found.programme} <Badge className="ml-1">{found.phase}</Badge>
            </>
          )
        }
        actions={
          found?.programmeId && (
            <Button size="sm" disabledReason={reason} onClick={() => setBeginning(true)}>
              <RotateCcw /> Begin anew…
            </Button>
          )
        }
      >
        <Loaded query={query}>{limits => <Standing account={account} found={limits} />}</Loaded>
        {found && (
          <PhaseBeginDialog
            account={account}
            found={found}
            isOpen={isBeginning}
            onClose={() => setBeginning(false)}
          />
        )}
      </Card>
    </div>
  )
}

/** Whoever came by a link to the limits begins there. */
function arrive(card: HTMLDivElement | null): void {
  if (window.location.hash === '#limits') card?.scrollIntoView()
}

const TO_PROGRAMMES = '/alerts/programmes'

function Standing({ account, found }: { account: Account; found: AccountLimits }) {
  switch (found.state) {
    case 'no_programme':
      return (
        <EmptyState
          icon={Scale}
          title="No programme judges this account"
          className="py-6"
          actions={
            <Button asChild size="sm">
              <Link to={TO_PROGRAMMES}>Choose a programme</Link>
            </Button>
          }
        >
          Put it into a prop firm’s programme, and its limits are watched on open equity.
        </EmptyState>
      )
    case 'no_such_phase':
      return (
        <Callout tone="warn" title={`Its programme has no phase ${found.phase}, so nothing is judged`}>
          It has {found.phases.join(', ') || 'none that can be read'}. Move the account to one of them under{' '}
          <Link to={TO_PROGRAMMES} className="underline">
            Programmes
          </Link>
          .
        </Callout>
      )
    case 'not_looked_at':
      return (
        <Callout title="Not looked at yet">
          {found.phase} begins with the account’s next heartbeat, and is judged within a second of it.
        </Callout>
      )
    case 'judged':
      return <Judged account={account} found={found} />
  }
}

function Judged({ account, found }: { account: Account; found: AccountLimits }) {
  return (
    <div className="space-y-4">
      <BreachBanner accountId={account.id} found={found} />
      {found.limits.length === 0 && (
        <p className="text-muted text-sm">{found.phase} has no limit that could be broken.</p>
      )}
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {found.limits.map(limit => (
          <LimitFacts key={limit.kind} limit={limit} moves={found.moves} currency={found.currency} />
        ))}
        <DayPanel accountId={account.id} found={found} />
      </div>
      <GoalList goals={found.goals} currency={found.currency} />
      <Moves moves={found.moves} />
    </div>
  )
}

/** What the lots are worked out from, or why there are none. */
function Moves({ moves }: { moves: readonly DailyMove[] }) {
  const known = moves.filter(move => move.moneyPerLot !== null)
  const strange = moves.filter(move => move.moneyPerLot === null).map(move => move.symbol)
  return (
    <p className="text-faint text-xs">
      {moves.length === 0 && 'It has not traded lately, so no distance is shown in lots. '}
      {known.length > 0 &&
        `Lots: so many would break the limit by a usual day’s move against them (mean true range of ${daysOf(known)} days). `}
      {strange.length > 0 &&
        `How far ${strange.join(', ')} usually moves is not known: the hub has candles of fewer than five days. Fetch more from the account’s menu.`}
    </p>
  )
}

function daysOf(moves: readonly DailyMove[]): string {
  const days = moves.map(move => move.days)
  const [fewest, most] = [Math.min(...days), Math.max(...days)]
  return fewest === most ? String(most) : `${fewest} to ${most}`
}
