import { Link } from 'react-router'
import type { AccountLimits } from '@/api/limits'
import { LIMITS } from '@/components/limits/gauges'
import { Moment } from '@/components/moment'
import { DEEDS } from '@/components/programme/words'
import { money } from '@/format/money'
import { Callout } from '@/ui/callout'

const SEEN_BY = {
  server: 'The server saw it first.',
  runner: 'The runner beside the terminal saw it first, because the server was away.',
} as const

/** When a limit was broken, at which equity, and who saw it. It stands though the equity recovers. */
export function BreachBanner({ accountId, found }: { accountId: string; found: AccountLimits }) {
  const { breach, currency } = found
  if (!breach) {
    return found.isPassed ? (
      <Callout title={`${found.phase} is passed`}>
        Every goal is met and no limit was broken. Move the account to its next phase once the firm has said
        so.
      </Callout>
    ) : null
  }
  return (
    <Callout
      tone="loss"
      title={`${LIMITS[breach.kind]} limit broken`}
      action={
        <Link
          to={`/alerts?account=${accountId}&state=all`}
          className="shrink-0 rounded font-medium text-ink text-xs hover:underline"
        >
          What was done
        </Link>
      }
    >
      <p>
        <Moment at={breach.at} />: equity {money(breach.equity, currency)}, where{' '}
        {money(breach.floor, currency)} breaks it: {money(breach.used, currency)} of{' '}
        {money(breach.limit, currency)}. {SEEN_BY[breach.firedBy]}
      </p>
      <p>
        By the programme {DEEDS[found.onBreach ?? 'flatten']}. The phase stays broken, also if the equity
        recovers, until it is begun anew.
      </p>
    </Callout>
  )
}
