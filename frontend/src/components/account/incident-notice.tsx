import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { incidents } from '@/api/incidents'
import type { Account } from '@/api/records'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'

/** What is wrong with this account and nobody has taken over. */
export function IncidentNotice({ account }: { account: Account }) {
  const rows = useInfiniteQuery(incidents({ state: 'open', account: account.id })).data?.pages.flat() ?? []
  const [newest] = rows
  if (!newest) return null
  const isCritical = rows.some(row => row.severity === 'critical')
  const to = rows.length === 1 ? `/alerts/incidents/${newest.id}` : `/alerts?account=${account.id}`
  return (
    <Callout
      tone={isCritical ? 'loss' : 'warn'}
      title={rows.length === 1 ? newest.title : `${rows.length} incidents are open`}
      action={
        <Button asChild size="sm">
          <Link to={to}>Look at {rows.length === 1 ? 'it' : 'them'}</Link>
        </Button>
      }
    >
      {rows.length === 1 ? (newest.done ?? newest.said) : `The newest: ${newest.title}.`}
    </Callout>
  )
}
