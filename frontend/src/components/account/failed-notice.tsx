import { Link } from 'react-router'
import type { Account } from '@/api/records'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'

/** Items of this account that could not be recorded: its figures lack them. */
export function FailedNotice({ account }: { account: Account }) {
  const { failedItems } = account
  if (failedItems === 0) return null
  return (
    <Callout
      tone="warn"
      title={
        failedItems === 1 ? '1 item could not be recorded' : `${failedItems} items could not be recorded`
      }
      action={
        <Button asChild size="sm">
          <Link to={`/failed-items?account=${account.id}`}>Look at them</Link>
        </Button>
      }
    >
      Until they are, the journal of this account may lack trades.
    </Callout>
  )
}
