import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { canJournal, whyNot } from '@/api/can'
import { shares } from '@/api/journal-queries'
import type { Share } from '@/api/journal-records'
import { revokeShare } from '@/api/journal-verbs'
import { sentenceOf } from '@/api/problem'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { SkeletonRows } from '@/ui/skeleton'

/** The links of an account, the living first. */
export function ShareList({ accountId }: { accountId: string }) {
  const query = useQuery(shares(accountId))
  return (
    <section className="mt-5">
      <h3 className="mb-1 font-semibold text-sm">Links so far</h3>
      <Loaded query={query} skeleton={<SkeletonRows rows={2} className="px-0" />}>
        {rows =>
          rows.length === 0 ? (
            <p className="text-faint text-sm">Nobody but you sees this account.</p>
          ) : (
            <ul className="divide-y divide-line">
              {rows
                .toSorted((a, b) => Number(a.revokedAt !== null) - Number(b.revokedAt !== null))
                .map(share => (
                  <ShareRow key={share.id} share={share} />
                ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

function ShareRow({ share }: { share: Share }) {
  const cache = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const refused = whyNot(canJournal('share', useMe()))
  const verb = useMutation({
    mutationFn: () => revokeShare(share.id),
    onSuccess: () => {
      toast.success('The link leads nowhere from now on')
      return cache.invalidateQueries({ queryKey: ['accounts', share.accountId, 'shares'] })
    },
    onError: error => toast.error(sentenceOf(error)),
    onSettled: () => setAsked(false),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2 text-sm">
          <span className="truncate font-medium">{share.title || 'Untitled'}</span>
          {share.showsMoney && <Badge>money</Badge>}
          {share.showsOpen && <Badge>open positions</Badge>}
        </p>
        <p className="num text-faint text-xs">
          since <Moment at={share.createdAt} /> ·{' '}
          {share.views === 1 ? '1 view' : `${count(share.views)} views`}
        </p>
      </div>
      {share.revokedAt ? (
        <Badge>Revoked</Badge>
      ) : isAsked ? (
        <span className="flex gap-1.5">
          <Button size="sm" variant="ghost" onClick={() => setAsked(false)}>
            Keep
          </Button>
          <Button size="sm" variant="danger" isBusy={verb.isPending} onClick={() => verb.mutate()}>
            Revoke for ever
          </Button>
        </span>
      ) : (
        <Button size="sm" disabledReason={refused} onClick={() => setAsked(true)}>
          Revoke
        </Button>
      )}
    </li>
  )
}
