import { useQueryClient } from '@tanstack/react-query'
import { LifeBuoy } from 'lucide-react'
import { may } from '@/api/can'
import { endSupport, goTo, leaveSupport, supportAccesses, usePeopleVerb } from '@/api/people'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'

/** On every screen of both sides while support may look into the desk. */
export function SupportBanner() {
  const me = useMe()
  const cache = useQueryClient()
  const leave = usePeopleVerb((_: null) => leaveSupport().then(() => goTo('/operator/customers')))
  const end = usePeopleVerb(async (_: null) => {
    const rows = await cache.fetchQuery({ ...supportAccesses(), staleTime: 0 })
    await Promise.all(rows.filter(row => row.state === 'granted').map(row => endSupport(row.id)))
  })
  const access = me.support
  if (!access) return null
  const reach = access.mayAct ? 'look and act' : 'look, not act'
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-warn/30 border-b bg-warn-soft px-4 py-2 text-sm text-warn"
    >
      <LifeBuoy aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1">
        {access.isYou
          ? `You are at the desk of ${me.tenantName} as support: you may ${reach}, and all of it is on their record. `
          : `Support (${access.operator ?? 'whoever helps'}) may ${reach} at this desk. `}
        Until <Moment at={access.expiresAt} />.
      </p>
      {access.isYou ? (
        <Button size="sm" isBusy={leave.isPending} onClick={() => leave.mutate(null)}>
          Leave this desk
        </Button>
      ) : (
        may(me, 'admin') && (
          <Button size="sm" isBusy={end.isPending} onClick={() => end.mutate(null)}>
            End it now
          </Button>
        )
      )}
    </div>
  )
}
