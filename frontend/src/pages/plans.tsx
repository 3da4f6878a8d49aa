import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { type Billing, billing, type PlanOffer } from '@/api/billing-queries'
import { managePayment, useLeave } from '@/api/billing-verbs'
import { may } from '@/api/can'
import { ownCosts } from '@/api/history-queries'
import { sentenceOf } from '@/api/problem'
import type { Me } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { PlanOfferCard, shareOf } from '@/components/plan-offer'
import { PlanStatus, PlanTerms } from '@/components/plan-status'
import { useMe } from '@/components/session'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { PlanChooseDialog } from '@/forms/plan-choose'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Meter } from '@/ui/meter'
import { Skeleton } from '@/ui/skeleton'

const ASK_AGAIN_MS = 2000
const OWNERS_ONLY = 'Only the owner of the desk buys and changes plans.'

export default function PlansPage() {
  const me = useMe()
  const [search] = useSearchParams()
  const paid = search.get('paid')
  const isHere = (row: Billing | undefined) => row?.isCharged === true && row.plan === paid
  const query = useQuery({
    ...billing(),
    // The browser is back before Stripe has told the hub.
    refetchInterval: ({ state }) => (paid && !isHere(state.data) ? ASK_AGAIN_MS : false),
  })
  return (
    <Page
      title="Plan"
      lead="What your desk may run, and what is left of it."
      parent={{ label: 'Settings', to: '/settings' }}
    >
      <Loaded query={query} skeleton={<PlansSkeleton />}>
        {row => (
          <div className="space-y-5">
            {paid && <PaidNote isHere={isHere(row)} />}
            <Plans row={row} me={me} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function PaidNote({ isHere }: { isHere: boolean }) {
  return isHere ? (
    <Callout title="Thank you: your plan is active" />
  ) : (
    <Callout title="Waiting for Stripe to confirm the payment">
      This takes a few seconds. You may leave the page: the plan changes by itself.
    </Callout>
  )
}

function Plans({ row, me }: { row: Billing; me: Me }) {
  const manage = useLeave(() => managePayment())
  const button = row.canManage && (
    <Button
      isBusy={manage.isPending || manage.isSuccess}
      disabledReason={may(me, 'admin') ? undefined : OWNERS_ONLY}
      onClick={() => manage.mutate(undefined)}
    >
      Manage payment
    </Button>
  )
  return (
    <>
      <PlanStatus billing={row} action={button} />
      <Card title="What is left of it" actions={row.status === 'active' && !row.cancelsAt && button}>
        <div className="grid gap-5 sm:grid-cols-2">
          <Meter label="Active EAs" used={me.active.used} limit={me.active.limit} />
          <Meter label="EA instances" used={me.instances.used} limit={me.instances.limit} />
        </div>
        <p className="mt-4 text-muted text-sm">
          <OwnShare row={row} /> <PlanTerms billing={row} />
        </p>
        <CostOfADay />
        <RefusalNote text={manage.error ? sentenceOf(manage.error) : undefined} />
      </Card>
      <ul className="grid gap-4 md:grid-cols-3" aria-label="Plans">
        {row.offers.map(offer => (
          <Offer key={offer.code} offer={offer} row={row} me={me} />
        ))}
      </ul>
      <p className="text-faint text-xs">
        A paused EA keeps its place. One that a smaller plan has paused takes none: resume it when there is
        room. On an account, one symbol is traded by one EA, on every plan.
      </p>
    </>
  )
}

/** What each of its EAs may use of a machine. */
function OwnShare({ row }: { row: Billing }) {
  const own = row.offers.find(offer => offer.code === row.plan)
  if (!own || row.status === 'cancelled') return null
  const asked =
    own.cpuFactor === 1 && own.memoryFactor === 1
      ? 'what it asks for'
      : `${own.cpuFactor}× the CPU and ${own.memoryFactor}× the memory that it asks for`
  return (
    <>
      {own.resourceClass} machine share: {shareOf(own)}, {asked}.
    </>
  )
}

/** What the plan costs for each account and day that it is used for. */
function CostOfADay() {
  const found = useQuery(ownCosts()).data
  if (!found) return null
  return (
    <p className="mt-1 text-muted text-sm">
      {found.usdPerAccountDay === null ? (
        'The cost of an account and day is shown once an account has an active EA.'
      ) : (
        <>
          The plan comes to <span className="num text-ink">{money(found.usdPerAccountDay, 'USD')}</span> a day
          for each of {count(found.accounts)} {found.accounts === 1 ? 'account' : 'accounts'} with an active
          EA.
        </>
      )}
    </p>
  )
}

function Offer({ offer, row, me }: { offer: PlanOffer; row: Billing; me: Me }) {
  const [isOpen, setIsOpen] = useState(false)
  const isOwn = offer.code === row.plan && row.status !== 'cancelled'
  if (!offer.isSold || (isOwn && row.isCharged)) return <PlanOfferCard offer={offer} isOwn={isOwn} />
  const why = whyNot(row, me)
  return (
    <>
      <PlanOfferCard
        offer={offer}
        isOwn={isOwn}
        action={
          <Button
            variant={isOwn ? 'secondary' : 'primary'}
            disabledReason={why}
            onClick={() => setIsOpen(true)}
          >
            {isOwn ? `Pay for ${offer.name}` : `Choose ${offer.name}`}
          </Button>
        }
      />
      <PlanChooseDialog offer={offer} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  )
}

function whyNot(row: Billing, me: Me): string | undefined {
  if (!may(me, 'admin')) return OWNERS_ONLY
  return row.isCharged ? 'You pay by Stripe already: change the plan under Manage payment.' : undefined
}

function PlansSkeleton() {
  return (
    <div className="space-y-5">
      <Skeleton className="h-28 rounded-xl" />
      <div className="grid gap-4 md:grid-cols-3">
        {['bronze', 'gold', 'platinum'].map(code => (
          <Skeleton key={code} className="h-64 rounded-xl" />
        ))}
      </div>
    </div>
  )
}
